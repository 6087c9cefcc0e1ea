import { readFile } from 'node:fs/promises';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toSettings } from '../../core/config/normalise.ts';
import { VARIABLES } from '../../lambdas/environment.ts';
import { seeded } from '../support/random.ts';
import { settingsVariable } from '../../infra/settings-variable.ts';
import { type Deployment, deploy, resourcesOf, stacksOf } from './support/deployment.ts';

interface Parts {
  Outputs?: Record<string, unknown>;
  Parameters?: Record<string, unknown>;
}

const partsOf = (stack: Stack): Parts => Template.fromStack(stack).toJSON();
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, ...groups]) => groups);

describe('docs/deploy.md', () => {
  let page: string;
  let deployment: Deployment;
  let hub: Stack[];
  beforeAll(async () => {
    page = await readFile(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
    deployment = deploy();
    hub = stacksOf(deployment).filter((stack) => stack !== deployment.spoke);
  });

  it('names every stack, and none that is not there', () => {
    const names = hub.map(({ stackName }) => stackName);
    const named = all(page, /\b(Portcullis[A-Z]\w*)\b/g).flat();
    for (const name of names) expect(named).toContain(name);
    // Of the member accounts; and what the page's own commands name.
    const others = ['PortcullisMember', 'PortcullisSpoke', 'PortcullisDeploy', 'PortcullisMemberSpokeA186DF7E'];
    expect(named.filter((name) => ![...names, ...others].includes(name ?? ''))).toEqual([]);
  });

  it('reads outputs that are there', () => {
    const read = all(page, /\boutput (Portcullis\w+) (\w+)/g);
    expect(read.length).toBeGreaterThan(8);
    for (const [name, output] of read) {
      const stack = hub.find(({ stackName }) => stackName === name);
      expect(Object.keys(stack === undefined ? {} : (partsOf(stack).Outputs ?? {}))).toContain(output);
    }
  });

  it('gives the spoke every parameter it asks for, and the hub one it has', () => {
    const given = all(page, /"ParameterKey": "(\w+)"/g).flat();
    expect(given.toSorted()).toEqual(Object.keys(partsOf(deployment.spoke).Parameters ?? {}).toSorted());
    for (const output of ['ReadRoleArn', 'WriteRoleArn']) {
      expect(page).toContain(`\`${output}\``);
      expect(partsOf(deployment.spoke).Outputs).toHaveProperty(output);
    }
    const [[stackName, parameter] = []] = all(page, /--parameters (\w+):(\w+)=/g);
    const stack = hub.find((one) => one.stackName === stackName);
    expect(stack && partsOf(stack).Parameters).toHaveProperty(parameter ?? 'none');
  });

  it('names the file of the spoke', () => {
    const files = all(page, /cdk\.out\/assembly-PortcullisMember\/([\w.]+)/g).flat();
    expect(files.length).toBeGreaterThan(0);
    expect(new Set(files)).toEqual(new Set([deployment.spoke.templateFile]));
  });

  it('lists the services of every resource that is deployed', () => {
    const types = hub.flatMap((stack) => Object.values(resourcesOf(stack)).map(({ Type }) => Type));
    const prefixes: Record<string, string> = {
      ApiGatewayV2: 'apigateway',
      ApplicationAutoScaling: 'application-autoscaling',
    };
    const services = new Set(types.map((type) => type.split('::')[1] ?? type));
    for (const service of services) expect(page).toContain(`\`${prefixes[service] ?? service.toLowerCase()}\``);
  });

  it('shows configurations that are right and fit', () => {
    const texts = all(page, /^```yaml\n([\s\S]*?)^```/gm).flat();
    expect(texts).toHaveLength(3);
    for (const text of texts) {
      const settings = toSettings(parse(text) as Record<string, unknown>, (path) => ({
        order: 0,
        where: path.join('.'),
      }));
      expect(VARIABLES.SETTINGS.parse(settingsVariable(settings))).toEqual(settings);
    }
  });

  it('packs a configuration that is long, and functions read the same', () => {
    const targets = Array.from({ length: 200 }, (_, i) => `52.95.110.${i}`);
    const settings = toSettings({ targets }, () => ({ order: 0, where: '' }));
    const packed = settingsVariable(settings);
    expect(packed).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(VARIABLES.SETTINGS.parse(packed)).toEqual(settings);
    for (const wrong of ['', 'x', packed.slice(8), '{}']) {
      expect(VARIABLES.SETTINGS.safeParse(wrong).error?.issues[0]?.message).toBe(
        'the settings as JSON, or packed, are needed',
      );
    }
  });

  it('says how many member accounts fit, and how long the configuration may be', () => {
    // Ids and the ends of names that CloudFormation makes are random: nothing in them can be packed.
    const random = seeded(11);
    const letters = (count: number) =>
      Array.from({ length: count }, () => 'abcdefghijklmnopqrstuvwxyzABCDEF0123456789'[Math.floor(random() * 42)]).join(
        '',
      );
    const accountsThatFit = (count: number) => {
      const accounts = Array.from({ length: count }, () => {
        const account = String(Math.floor(random() * 1e12)).padStart(12, '0');
        const role = (what: string) =>
          `arn:aws:iam::${account}:role/PortcullisSpoke-Roles${what}B1AC117C-${letters(12)}`;
        return { account, readRole: role('Read'), writeRole: role('Write'), externalId: letters(48) };
      });
      return () =>
        settingsVariable(toSettings({ aws: { regions: ['eu-west-1'], accounts } }, () => ({ order: 0, where: '' })));
    };
    expect(page).toContain('most 3,072 bytes too');
    expect(page).toContain('about thirty member accounts');
    expect(accountsThatFit(28)).not.toThrow();
    expect(accountsThatFit(36)).toThrow(/at most 3072 fit/);
  });
});
