import { Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { QuietStage } from './quiet-stage.ts';

const METHODS = [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST] as const;
const PATHS = ['/', '/{proxy+}'] as const;
const READING = { rate: 20, burst: 40 } as const;
const CHANGING = { rate: 5, burst: 10 } as const;

/**
 * Page and API for callers who sign their requests: API Gateway checks the signature, and IAM says who may invoke it. A host of its own,
 * so that nothing served here shares an origin with the approval links.
 */
export class SignedApi extends Construct {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      description: 'Portcullis page and API, for signed requests',
      createDefaultStage: false,
      defaultAuthorizer: new HttpIamAuthorizer(),
    });
  }

  /** What a caller's policy must allow `execute-api:Invoke` on, whole. */
  get invokeArn(): string {
    return Stack.of(this).formatArn({ service: 'execute-api', resource: this.api.apiId, resourceName: '*' });
  }

  route(handler: IFunction): void {
    const integration = new HttpLambdaIntegration('Api', handler);
    const routes = PATHS.flatMap((path) => this.api.addRoutes({ path, methods: [...METHODS], integration }));
    const throttles = PATHS.flatMap((path) =>
      METHODS.map((method) => [`${method} ${path}`, method === HttpMethod.POST ? CHANGING : READING] as const),
    );
    new QuietStage(this, 'Stage', {
      api: this.api,
      throttle: READING,
      routeThrottles: Object.fromEntries(throttles),
      routes,
    });
  }
}
