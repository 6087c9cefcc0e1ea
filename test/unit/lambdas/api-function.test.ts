import { describe, expect, it } from 'vitest';
import { INVENTORY } from '../../../core/assets/cloud-assets.ts';
import { makeApiWorld } from '../../support/lambdas/api-world.ts';
import { ALICE, BOB, signedEvent } from '../../support/lambdas/signed-event.ts';
import { aChangeLine } from '../../builders/change-line.ts';
import { anAsset } from '../../builders/asset.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';

const FORBIDDEN = {
  error: {
    code: 'FORBIDDEN',
    message: 'Sign the request (AWS Signature Version 4) as somebody who may invoke this API.',
  },
};

describe('a request that the gateway does not say who signed', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/healthz'],
    ['GET', '/metrics'],
    ['GET', '/api/findings'],
    ['GET', '/api/openapi.json'],
    ['GET', '/api/nothing'],
    ['OPTIONS', '/api/findings'],
    ['POST', '/api/approvals/a-0000000000000001/approve'],
    ['POST', '/api/scans'],
  ])('%s %s is refused, and nothing happens', async (method, path) => {
    const world = makeApiWorld();
    await world.addPending();
    const before = await world.snapshot();
    const answer = await world.ask(method, path, {
      signer: null,
      ...(method === 'POST' && { body: { by: 'mallory', targets: ['192.0.2.3'] } }),
      // What the gateway would have set is not read from anywhere else.
      headers: { 'x-amzn-iam-user-arn': ALICE, 'x-api-key': 'k' },
    });
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 403, json: FORBIDDEN });
    expect(await world.snapshot()).toBe(before);
  });

  it('HEAD is refused without a body', async () => {
    const answer = await makeApiWorld().ask('HEAD', '/api/findings', { signer: null });
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 403, text: '' });
  });

  it.each([
    ['another authorizer', { jwt: { claims: { sub: 'alice' }, scopes: null } }],
    ['an authorizer function', { lambda: { userArn: ALICE } }],
    ['nothing in it', {}],
    ['an empty identity', { iam: {} }],
    ['no ARN', { iam: { userArn: null, accessKey: 'AKIAEXAMPLE' } }],
    ['a name in place of the ARN', { iam: { userArn: 'alice' } }],
    ['the ARN of something else', { iam: { userArn: 'arn:aws:s3:::bucket' } }],
    ['an ARN with a star', { iam: { userArn: 'arn:aws:iam::123456789012:user/*/bob' } }],
    ['an ARN with a line break', { iam: { userArn: `${BOB}\nx` } }],
  ])('%s counts as nobody', async (_, authorizer) => {
    const { handle } = makeApiWorld();
    const event = signedEvent('GET', '/api/findings', { signer: null });
    const answer = await handle({ ...event, requestContext: { ...event.requestContext, authorizer } });
    expect(answer.statusCode).toBe(403);
  });
});

describe('who acts', () => {
  it('is who signed, whatever the body says', async () => {
    const { ask, stores, requests, addPending } = makeApiWorld();
    const { approval, plan } = await addPending();
    const answer = await ask('POST', `/api/approvals/${approval.id}/approve`, {
      body: { by: 'mallory', reason: 'reviewed' },
      signer: BOB,
    });
    expect(answer.json).toMatchObject({ kind: 'decided', approval: { state: 'approved', decidedBy: BOB } });
    expect(requests).toEqual([{ action: 'apply', planId: plan.id, approvalId: approval.id, actor: BOB }]);
    const rows = await stores.audit.list({ limit: 10 });
    expect(rows.map(({ actor, action }) => [actor, action])).toEqual([[BOB, 'approval-approved']]);
    expect(rows[0]?.detail).toContain('reviewed');
  });

  it('is told the first decision when it was decided before', async () => {
    const { ask, requests, addPending } = makeApiWorld();
    const { approval } = await addPending();
    const path = `/api/approvals/${approval.id}`;
    await ask('POST', `${path}/deny`, { signer: BOB });
    const second = await ask('POST', `${path}/approve`, { signer: ALICE });
    expect(second.json).toMatchObject({ kind: 'already', approval: { state: 'denied', decidedBy: BOB } });
    expect(requests).toEqual([]);
  });

  it('asks for exceptions, resumes and rolls back under their ARN too', async () => {
    const { ask, stores, requests } = makeApiWorld();
    await stores.lines.save(aChangeLine());
    const exception = {
      target: '192.0.2.3',
      ports: '6379',
      reason: 'until moved',
      expiresAt: '2026-04-01T00:00:00.000Z',
    };
    const asked = await ask('POST', '/api/whitelist', { body: { ...exception, by: 'mallory' }, signer: BOB });
    expect(asked.json).toMatchObject({ state: 'requested', requestedBy: BOB });
    const resumed = await ask('POST', '/api/changes/resume', {
      body: { account: '111122223333', reason: 'looked at it' },
      signer: BOB,
    });
    expect({ status: resumed.status, json: resumed.json }).toEqual({ status: 200, json: { account: '111122223333' } });
    expect(await stores.lines.get('111122223333')).toMatchObject({ stoppedAt: null });
    const rows = await stores.audit.list({ limit: 10 });
    expect(rows.map(({ actor, action }) => `${action} by ${actor}`).sort()).toEqual([
      `line-resumed by ${BOB}`,
      `whitelist-request by ${BOB}`,
    ]);
    expect(requests).toEqual([]);
  });
});

describe('what is different where no one process serves', () => {
  it('the status has no process, and the targets as configured', async () => {
    const { ask } = makeApiWorld();
    expect((await ask('GET', '/api/status')).json).toMatchObject({
      pid: null,
      startedAt: null,
      process: null,
      mode: 'approve',
      targets: ['192.0.2.0/28'],
      killSwitch: { on: false },
      counts: { openFindings: 0 },
    });
  });

  it('the metrics are those of the table', async () => {
    const { text } = await makeApiWorld().ask('GET', '/metrics');
    expect(text).toContain('portcullis_kill_switch 0\n');
    expect(text).not.toMatch(/process_|NaN|null/);
  });

  it('no link is handed out, and none is answered', async () => {
    const { ask, addPending } = makeApiWorld();
    const { approval } = await addPending();
    const link = await ask('POST', `/api/approvals/${approval.id}/link`);
    expect(link).toMatchObject({ status: 404, json: { error: { code: 'NOT_FOUND' } } });
    expect((await ask('GET', '/approvals/eyJ2IjoxfQ.AAAA')).status).toBe(404);
    for (const path of ['/api/approvals', `/api/approvals/${approval.id}`, '/', '/api/audit']) {
      const { status, text } = await ask('GET', path);
      expect(status).toBe(200);
      expect(text).not.toMatch(/\/approvals\/[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/);
    }
  });

  it('files of targets are not read, and the answer says what to do', async () => {
    const { ask, shards } = makeApiWorld();
    const answer = await ask('POST', '/api/scans', { body: { targets: ['@/etc/hosts'] } });
    expect(answer).toMatchObject({
      status: 400,
      json: {
        error: { code: 'BAD_INPUT', message: '@/etc/hosts: the command line reads files; send the targets in it.' },
      },
    });
    expect(shards).toEqual([]);
  });

  it('the page names requests instead of commands, and asks for itself once a minute', async () => {
    const { ask, addPending } = makeApiWorld();
    const { approval } = await addPending();
    const { text } = await ask('GET', '/');
    expect(text).toContain(`POST /api/approvals/${approval.id}/approve`);
    expect(text).toContain('<meta http-equiv="refresh" content="60"');
    expect(text).not.toMatch(/portcullis (approvals|plan|scan) /);
  });

  it('the description says how to sign, for reading too, and has no link', async () => {
    const { ask } = makeApiWorld();
    const document = (await ask('GET', '/api/openapi.json')).json as {
      security: unknown;
      components: { securitySchemes: { caller: object } };
      paths: Record<string, object>;
    };
    expect(document.security).toEqual([{ caller: [] }]);
    expect(document.components.securitySchemes.caller).toMatchObject({ 'x-amazon-apigateway-authtype': 'awsSigv4' });
    expect(Object.keys(document.paths)).toContain('/api/approvals/{id}/approve');
    expect(Object.keys(document.paths).filter((path) => /link|^\/approvals/.test(path))).toEqual([]);
  });
});

describe('scan now', () => {
  it('goes ahead of the sweeps, to what was named or to what is watched', async () => {
    const { ask, shards, stores } = makeApiWorld();
    await stores.assets.putAll([
      anAsset({ address: '192.0.2.3' }),
      anAsset({ address: '192.0.2.4', source: INVENTORY }),
      anAsset({ address: '192.0.2.7', source: 'scan' }),
    ]);
    for (const address of ['192.0.2.3', '192.0.2.4', '192.0.2.7']) {
      await stores.fingerprints.save(aFingerprint({ address, version: 0, open: '6379' }));
    }
    const named = await ask('POST', '/api/scans', {
      body: { targets: ['192.0.2.4', 'edge.example.com'], ports: '22' },
    });
    expect(named).toMatchObject({ status: 202, json: { taskId: 'scan' } });
    expect(shards.every(({ priority }) => priority)).toBe(true);
    expect(shards.flatMap(({ shard }) => shard.addresses).sort()).toEqual(['192.0.2.4', '192.0.2.5']);
    shards.length = 0;
    await ask('POST', '/api/scans', { body: { targets: ['label:PORT_OPEN'] } });
    // What somebody once asked to be scanned is not watched for that.
    expect(shards.flatMap(({ shard }) => shard.addresses).sort()).toEqual(['192.0.2.3', '192.0.2.4']);
  });

  it('is refused while the kill switch is on', async () => {
    const killSwitch = { read: async () => ({ on: true, reason: 'freeze' }) };
    const { ask, shards } = makeApiWorld({}, { killSwitch });
    const answer = await ask('POST', '/api/scans', { body: { targets: ['192.0.2.3'] } });
    expect(answer).toMatchObject({ status: 409, json: { error: { message: expect.stringContaining('freeze') } } });
    expect(shards).toEqual([]);
  });
});

describe('the use cases', () => {
  it('are opened when the first is asked for, once: showing what is stored opens none', async () => {
    const { ask, opened, addPending } = makeApiWorld();
    const { finding } = await addPending();
    const shown = ['/', '/metrics', '/api/status', '/api/tasks', '/api/findings', `/api/findings/${finding.id}`];
    const exports = ['json', 'csv', 'ocsf', 'asff'].map((format) => `/api/export?format=${format}`);
    for (const path of [...shown, '/api/approvals', '/api/openapi.json', ...exports]) {
      const [route = '', query = ''] = path.split('?');
      expect([path, (await ask('GET', route, { query })).status]).toEqual([path, 200]);
    }
    expect(opened()).toBe(0);
    await Promise.all([ask('GET', '/api/explain', { query: 'address=192.0.2.3' }), ask('GET', '/api/scans/r-none')]);
    expect(opened()).toBe(1);
  });
});
