import { readFile } from 'node:fs/promises';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toSettings } from '../../core/config/normalise.ts';
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
      expect(settingsVariable(settings)).toContain('"targets":[]');
    }
  });

  it('says how many member accounts fit, and how long the configuration may be', () => {
    const accountsThatFit = (count: number) => {
      const accounts = Array.from({ length: count }, (_, i) => {
        const account = String(210_987_654_321 + i);
        const role = (what: string) => `arn:aws:iam::${account}:role/PortcullisSpoke-Roles${what}B1AC117C-AbCdEfGhIjKl`;
        return { account, readRole: role('Read'), writeRole: role('Write'), externalId: 'a'.repeat(48) };
      });
      return () =>
        settingsVariable(toSettings({ aws: { regions: ['eu-west-1'], accounts } }, () => ({ order: 0, where: '' })));
    };
    expect(page).toContain('at most 3,072 bytes');
    expect(page).toContain('about nine member accounts');
    expect(accountsThatFit(8)).not.toThrow();
    expect(accountsThatFit(11)).toThrow(/at most 3072 fit/);
  });
});
