import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SubscriptionFilter, type Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { PeopleTopic } from './people-topic.ts';
import { QuietStage } from './quiet-stage.ts';

const PATH = '/approvals/{token}';
const METHODS = [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.POST] as const;
/** Requests a second and at once. People click; whoever guesses tokens is slowed down, and mail scanners open many links together. */
const READING = { rate: 20, burst: 40 } as const;
const DECIDING = { rate: 5, burst: 10 } as const;

/** The way in for approvers: an HTTP API that routes nothing but approval links, the key that signs them, and the topic that brings them. */
export class ApprovalLinks extends Construct {
  readonly api: HttpApi;
  /** Where mails with links go: nobody gets those of others, because each mailbox is subscribed with its name as filter. */
  readonly topic: Topic;
  /**
   * KMS does not rotate HMAC keys by itself. To rotate: make a new key, deploy; links carry the id of their key, so those signed before are
   * refused from then on and are asked for again. Deleting the old one can wait.
   */
  readonly key: Key;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.key = hmacKey(this, 'Key', 'signs approval links');
    this.topic = new PeopleTopic(this, 'Mails', 'Portcullis: links to decide').topic;
    this.api = new HttpApi(this, 'Api', { description: 'Portcullis approval links', createDefaultStage: false });
  }

  /** Lets a function make links and mail them. It cannot check any. */
  grantIssue(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['kms:GenerateMac'], resources: [this.key.keyArn] }),
    );
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['sns:Publish'], resources: [this.topic.topicArn] }),
    );
  }

  mailTo(addresses: readonly string[]): void {
    for (const address of addresses) {
      const filterPolicy = { approver: SubscriptionFilter.stringFilter({ allowlist: [address] }) };
      this.topic.addSubscription(new EmailSubscription(address, { filterPolicy }));
    }
  }

  /** A key that seals who has signed in, for `handler` alone: it must be able to do both with it, and so not with the key of the links. */
  addSignInKey(handler: IGrantable): Key {
    const key = hmacKey(this, 'SignInKey', 'seals who has signed in');
    handler.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['kms:GenerateMac', 'kms:VerifyMac'], resources: [key.keyArn] }),
    );
    return key;
  }

  /** Sends the requests to `handler`, which may check links and never make one. */
  route(handler: IFunction): void {
    const routes = this.api.addRoutes({
      path: PATH,
      methods: [...METHODS],
      integration: new HttpLambdaIntegration('Approvals', handler),
    });
    for (const route of routes) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'The token in the path is the authorization: signed by KMS, bound to one plan, expiring; GET changes nothing.',
      });
    }
    handler.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['kms:VerifyMac'], resources: [this.key.keyArn] }),
    );

    new QuietStage(this, 'Stage', {
      api: this.api,
      throttle: READING,
      routeThrottles: Object.fromEntries(
        METHODS.map((method) => [`${method} ${PATH}`, method === HttpMethod.POST ? DECIDING : READING]),
      ),
      routes,
    });
  }
}

function hmacKey(scope: Construct, id: string, what: string): Key {
  return new Key(scope, id, {
    description: `Portcullis: ${what}`,
    keySpec: KeySpec.HMAC_256,
    keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
    pendingWindow: Duration.days(30),
    removalPolicy: RemovalPolicy.RETAIN,
  });
}
