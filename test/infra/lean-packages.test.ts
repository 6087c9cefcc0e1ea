import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS_BY_NAME, leanPackages, withoutBodies, withPlainKeys } from '../../infra/bundling/lean-packages.ts';

const packages = dirname(createRequire(import.meta.url).resolve('zod/package.json')).replace(/zod$/, '');

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'portcullis-lean-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** The exports of a script, bundled with or without the plugin. */
async function run(script: string, plugins: (typeof leanPackages)[]): Promise<{ result: unknown; bytes: number }> {
  const outfile = join(scratch, `${plugins.length}-${Math.abs(hash(script))}.mjs`);
  const stdin = { contents: script, resolveDir: dirname(packages), loader: 'js' as const };
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({
    stdin,
    outfile,
    banner,
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    plugins,
    logLevel: 'error',
  });
  const { result } = (await import(pathToFileURL(outfile).href)) as { result: unknown };
  return { result, bytes: (await readFile(outfile)).length };
}
const hash = (text: string) => text.split('').reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7);

describe('plain keys', () => {
  it('stand for the constants of the module, and for nothing else', () => {
    const source =
      'const _a = "first";\nconst _b = "it\\"s";\nlet _c = "x";\nexport const it = { [_a]: 1, [_b]: [_a], [_c]: 2, [d()]: 3 };';
    expect(withPlainKeys(source)).toContain('{ "first": 1, "it\\"s": [_a], [_c]: 2, [d()]: 3 }');
  });

  it.each(['client-sqs', 'client-dynamodb', 'client-elastic-load-balancing-v2', 'client-ec2'])(
    'leave every schema of %s as it is',
    { timeout: 60_000 },
    async (client) => {
      const path = join(packages, '@aws-sdk', client, 'dist-es/schemas/schemas_0.js');
      const original = await readFile(path, 'utf8');
      // The modules it imports are left out: schemas are data but for the errors they register.
      const alone = (source: string) =>
        source
          .replace(/^import .*$/gm, '')
          .replace(/^\w*_registry\w*\.registerError.*$/gm, '')
          .replace(/new TypeRegistry\(\w+\)/g, '{}')
          .replace(/TypeRegistry\.for\(\w+\)/g, '{}');
      const load = async (name: string, source: string) => {
        const file = join(scratch, `${client}-${name}.mjs`);
        await writeFile(file, alone(source));
        return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
      };
      const [before, after] = [await load('before', original), await load('after', withPlainKeys(original))];
      expect(withPlainKeys(original)).not.toBe(original);
      expect(Object.keys(after)).toEqual(Object.keys(before));
      // Schemas refer to each other by functions, whose text is the name of the other.
      expect(JSON.stringify(after, (_, value: unknown) => (typeof value === 'function' ? String(value) : value))).toBe(
        JSON.stringify(before, (_, value: unknown) => (typeof value === 'function' ? String(value) : value)),
      );
    },
  );
});

describe('a module without bodies', () => {
  it('keeps its exports, which say why they are gone when they are used', () => {
    const made = withoutBodies(
      'export const one = 1;\nexport function two() {}\nconst three = 3;',
      'they were left out',
    );
    expect(made).toContain('export const one = absent;');
    expect(made).toContain('export const two = absent;');
    expect(made).not.toContain('three');
    expect(made).toContain('throw new Error("they were left out")');
  });
});

describe('a lean bundle', { timeout: 60_000 }, () => {
  it('of one call of EC2 is a fifth of what it was and makes the same request', async () => {
    const script = `
      import { EC2Client, DescribeSecurityGroupRulesCommand } from '@aws-sdk/client-ec2';
      const seen = [];
      const requestHandler = { handle: async (request) => { seen.push({ headers: request.headers['content-type'], body: String(request.body) }); return { response: { statusCode: 200, headers: {}, body: undefined } }; } };
      const client = new EC2Client({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, requestHandler, maxAttempts: 1 });
      await client.send(new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: ['sg-1', 'sg-2'] }], MaxResults: 5 })).catch(() => undefined);
      export const result = seen;`;
    const [plain, lean] = [await run(script, []), await run(script, [leanPackages])];
    expect(lean.result).toEqual(plain.result);
    expect(JSON.stringify(lean.result)).toContain('Filter.1.Value.2=sg-2');
    expect(lean.bytes).toBeLessThan(plain.bytes / 4);
  });

  it.each([
    [
      'client-dynamodb',
      'DynamoDBClient',
      'PutItemCommand',
      { TableName: 't', Item: { pk: { S: 'a' } } },
      {
        __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
        message: 'The conditional request failed',
      },
    ],
    [
      'client-dynamodb',
      'DynamoDBClient',
      'PutItemCommand',
      { TableName: 't', Item: { pk: { S: 'a' } } },
      { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', message: 'slow down' },
    ],
    [
      'client-sqs',
      'SQSClient',
      'DeleteMessageCommand',
      { QueueUrl: 'https://q/1/a', ReceiptHandle: 'x' },
      { __type: 'com.amazonaws.sqs#ReceiptHandleIsInvalid', message: 'not yours' },
    ],
    [
      'client-kms',
      'KMSClient',
      'VerifyMacCommand',
      { KeyId: 'k', Message: new Uint8Array(1), Mac: new Uint8Array(32), MacAlgorithm: 'HMAC_SHA_256' },
      { __type: 'KMSInvalidMacException', message: 'no' },
    ],
  ])('says the same of an error of %s', async (client, clientClass, command, input, answer) => {
    const script = `
      import { ${clientClass}, ${command} } from '@aws-sdk/${client}';
      let calls = 0;
      const body = new TextEncoder().encode(${JSON.stringify(JSON.stringify(answer))});
      const requestHandler = { handle: async () => { calls += 1; return { response: { statusCode: 400, headers: { 'content-type': 'application/x-amz-json-1.0' }, body } }; } };
      const client = new ${clientClass}({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, requestHandler, maxAttempts: 2, useQueueUrlAsEndpoint: false });
      const input = JSON.parse(${JSON.stringify(JSON.stringify(input))}, (key, value) => (key === 'Message' || key === 'Mac' ? new Uint8Array(32) : value));
      const error = await client.send(new ${command}(input)).catch((thrown) => thrown);
      const { name, message, $fault, $metadata: { httpStatusCode, attempts } } = error;
      export const result = { name, message, $fault, httpStatusCode, attempts, calls, isError: error instanceof Error };`;
    const [plain, lean] = [await run(script, []), await run(script, [leanPackages])];
    expect(lean.result).toEqual(plain.result);
    expect(lean.result).toMatchObject({ name: answer.__type.split('#').at(-1), isError: true });
  });

  it('is enough, because no class of an error that was left out is asked for', async () => {
    const root = new URL('../../', import.meta.url);
    const folders = ['adapters', 'core', 'lambdas', 'web'];
    const files = (
      await Promise.all(
        folders.map(async (folder) =>
          (await readdir(new URL(folder, root), { recursive: true })).map((file) => `${folder}/${file}`),
        ),
      )
    ).flat();
    const clients = ERRORS_BY_NAME.join('|');
    for (const file of files.filter((name) => name.endsWith('.ts'))) {
      const text = await readFile(new URL(file, root), 'utf8');
      const imported = [
        ...text.matchAll(new RegExp(`import (?:type )?\\{([^}]+)\\} from '@aws-sdk/(?:${clients})'`, 'g')),
      ];
      const names = imported.flatMap(([, list = '']) => list.split(',').map((name) => name.trim()));
      for (const name of names)
        expect(name).toMatch(/^(type \w+|\w*(Client|Command|Config|Input|Output|Entry|Request|Message)|)$/);
    }
  });

  it('finds credentials where Lambda puts them', async () => {
    const script = `
      import { SQSClient } from '@aws-sdk/client-sqs';
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' });
      const { accessKeyId, secretAccessKey, sessionToken } = await new SQSClient({ region: 'eu-west-1' }).config.credentials();
      export const result = { accessKeyId, secretAccessKey, sessionToken };`;
    const { result } = await run(script, [leanPackages]);
    expect(result).toEqual({ accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' });
  });

  it('hashes with what Node has', async () => {
    const script = `
      import { Md5Node, Sha256Node } from '@smithy/core/checksum';
      const hashed = async (hash) => (hash.update(new TextEncoder().encode('abc')), Buffer.from(await hash.digest()).toString('hex'));
      export const result = [await hashed(new Sha256Node()), await hashed(new Sha256Node('key')), await hashed(new Md5Node())];`;
    const [plain, lean] = [await run(script, []), await run(script, [leanPackages])];
    expect(lean.result).toEqual([
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      '9c196e32dc0175f86f4b1cb89289d6619de6bee699e4c378e68309ed97a1a6ab',
      '900150983cd24fb0d6963f7d28e17f72',
    ]);
    expect(plain.result).toEqual(lean.result);
    expect(lean.bytes).toBeLessThan(plain.bytes - 4_000);
  });

  it('checks the same with zod, in English', async () => {
    const script = `
      import * as z from 'zod';
      const shape = z.object({ a: z.string().min(2), b: z.number().optional(), c: z.enum(['x', 'y']) });
      const { error } = shape.safeParse({ a: '', b: 'no', c: 'z' });
      export const result = error.issues;`;
    expect((await run(script, [leanPackages])).result).toEqual((await run(script, [])).result);
  });
});
