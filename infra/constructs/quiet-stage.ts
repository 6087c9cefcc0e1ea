import { CfnStage, type HttpApi, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IDependable } from 'constructs';

/** Fields of the access log. A path may be a capability: neither path nor query nor referrer may be in it. */
const LOGGED = ['requestId', 'requestTime', 'identity.sourceIp', 'httpMethod', 'routeKey', 'status', 'responseLatency'];

/** Requests a second, and at once. */
export interface Throttle {
  readonly rate: number;
  readonly burst: number;
}

export interface QuietStageProps {
  readonly api: HttpApi;
  readonly throttle: Throttle;
  /** By route: `POST /approvals/{token}`. */
  readonly routeThrottles: Readonly<Record<string, Throttle>>;
  readonly routes: readonly IDependable[];
}

/** The one stage of an HTTP API: throttled by route, with a log that cannot hold a secret. */
export class QuietStage extends Construct {
  constructor(scope: Construct, id: string, { api, throttle, routeThrottles, routes }: QuietStageProps) {
    super(scope, id);
    const format = JSON.stringify(Object.fromEntries(LOGGED.map((field) => [field, `$context.${field}`])));
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: throttle.rate, burstLimit: throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(new LogGroup(this, 'Log', { retention: RetentionDays.THREE_MONTHS })),
        format: AccessLogFormat.custom(format),
      },
    });
    // A stage that names a route can only be made after the route.
    stage.node.addDependency(...routes);
    const resource = stage.node.defaultChild;
    if (!(resource instanceof CfnStage)) throw new Error('the stage has no CfnStage');
    resource.routeSettings = Object.fromEntries(
      Object.entries(routeThrottles).map(([route, { rate, burst }]) => [
        route,
        { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst },
      ]),
    );
  }
}
