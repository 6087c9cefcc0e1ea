import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** The way in for approvers: an HTTP API that routes nothing but approval links. No access log, because the path is the token. */
export class ApprovalEndpoint extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', { description: 'Portcullis approval links' });
  }

  route(handler: IFunction): void {
    this.api.addRoutes({
      path: '/approvals/{token}',
      methods: [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.POST],
      integration: new HttpLambdaIntegration('Approvals', handler),
    });
  }
}
