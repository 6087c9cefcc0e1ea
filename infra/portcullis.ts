import { type App, Stage, Tags } from 'aws-cdk-lib';
import type { Settings } from '../core/config/settings.ts';
import type { FunctionCode } from './constructs/portcullis-function.ts';
import { DataStack } from './stacks/data-stack.ts';
import { EventsStack } from './stacks/events-stack.ts';
import { ObservabilityStack } from './stacks/observability-stack.ts';
import { PeopleStack } from './stacks/people-stack.ts';
import { PipelineStack } from './stacks/pipeline-stack.ts';
import { ScannersStack } from './stacks/scanners-stack.ts';
import { SpokeStack } from './stacks/spoke-stack.ts';

export interface PortcullisProps {
  readonly settings: Settings;
  readonly code: FunctionCode;
  /** Value of the tag `environment`. */
  readonly environment: string;
}

/** Everything that is deployed: six stacks of the hub, and one for member accounts in a stage of its own, so that `--all` leaves it out. */
export function addPortcullis(app: App, { settings, code, environment }: PortcullisProps) {
  const about = (what: string) => ({ description: `Portcullis: ${what}` });
  const data = new DataStack(app, 'PortcullisData', about('findings, decisions and evidence'));
  const pipeline = new PipelineStack(app, 'PortcullisPipeline', {
    ...about('from schedules to findings to closed ports'),
    settings,
    code,
    data,
  });
  const people = new PeopleStack(app, 'PortcullisPeople', {
    ...about('alerts and approvals'),
    settings,
    code,
    data,
    pipeline,
  });
  const scanners = new ScannersStack(app, 'PortcullisScanners', {
    ...about('scanner tasks'),
    settings,
    data,
    pipeline,
  });
  const events = new EventsStack(app, 'PortcullisEvents', {
    ...about('schedules and changes that can open a port'),
    settings,
    code,
    data,
    pipeline,
  });
  const observability = new ObservabilityStack(app, 'PortcullisObservability', {
    ...about('alarms and a dashboard'),
    settings,
    data,
    pipeline,
    people,
    scanners,
    events,
  });
  const member = new Stage(app, 'PortcullisMember');
  const spoke = new SpokeStack(member, 'Spoke');

  // Tags of an application do not reach into its stages.
  for (const scope of [app, member]) {
    Tags.of(scope).add('project', 'portcullis');
    Tags.of(scope).add('environment', environment);
    Tags.of(scope).add('managed-by', 'cdk');
  }
  return { data, pipeline, people, scanners, events, observability, spoke };
}
