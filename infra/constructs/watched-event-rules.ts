import { type EventPattern, type IEventBus, type IRuleTarget, Match, Rule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { INSTANCE_STATE, WATCHED_EVENTS, type WatchedEvents } from '../../core/events/watched-events.ts';

export interface WatchedEventRulesProps {
  /** The account's default bus when absent. */
  readonly bus?: IEventBus;
  readonly target: IRuleTarget;
}

/** A rule for each row of the catalogue of events that can open a port. Calls that AWS refused changed nothing and are left out. */
export class WatchedEventRules extends Construct {
  constructor(scope: Construct, id: string, { bus, target }: WatchedEventRulesProps) {
    super(scope, id);
    for (const watched of WATCHED_EVENTS) {
      const service = watched.source.slice('aws.'.length);
      new Rule(this, watched.detailType === INSTANCE_STATE ? 'instance-state' : service, {
        description: `Portcullis: what can open a port (${watched.source}, ${watched.detailType})`,
        ...(bus && { eventBus: bus }),
        eventPattern: patternOf(watched),
        targets: [target],
      });
    }
  }
}

function patternOf({ source, detailType, eventNames }: WatchedEvents): EventPattern {
  const names = [...eventNames];
  const detail =
    detailType === INSTANCE_STATE ? { state: names } : { eventName: names, errorCode: Match.doesNotExist() };
  return { source: [source], detailType: [detailType], detail };
}
