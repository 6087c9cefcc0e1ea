import { describe, expect, it } from 'vitest';
import { anApproval } from '../../../builders/approval.ts';
import { aPlan } from '../../../builders/plan.ts';
import { Answer, runFake } from '../../../support/cli/run-fake.ts';

const refused = new Answer(409, { error: { code: 'REFUSED', message: 'The kill switch is on.' } });

describe('what goes wrong', () => {
  it.each([
    ['approve', 'To do it, until'],
    ['observe', 'mode observe changes nothing: start portcullis with --mode approve'],
  ])('plan in mode %s says: %s', async (mode, said) => {
    const { code, out } = await runFake(['plan', 'f-1'], {
      routes: {
        'POST /api/findings/f-1/plan': { plan: aPlan(), approval: anApproval({ state: 'pending' }) },
        'GET /api/status': { mode },
      },
    });
    expect(code).toBe(0);
    expect(out).toContain(said);
  });

  it('a refusal is one line on stderr and ends with 1', async () => {
    const { code, out, err } = await runFake(['plan', 'f-1'], { routes: { 'POST /api/findings/f-1/plan': refused } });
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: 'portcullis: The kill switch is on.' });
  });

  it('bad input that only the API can judge ends with 2', async () => {
    const bad = new Answer(400, { error: { code: 'BAD_INPUT', message: 'The host name "x" does not resolve.' } });
    const { code, err } = await runFake(['scan', 'x'], { routes: { 'POST /api/scans': bad } });
    expect({ code, err }).toEqual({ code: 2, err: 'portcullis: The host name "x" does not resolve.' });
  });

  it('an answer that is no API answer is shown, cut', async () => {
    const { code, err } = await runFake(['assets'], {
      routes: { 'GET /api/assets': new Answer(502, 'x'.repeat(900)) },
    });
    expect(code).toBe(1);
    expect(err).toMatch(/^portcullis: GET \/api\/assets was answered with 502: x{200}$/);
  });

  it('a server that does not answer is named', async () => {
    const { code, err } = await runFake(['assets']);
    expect(code).toBe(1);
    expect(err).toContain('portcullis does not answer at http://127.0.0.1:8460');
  });

  it('a server that is still starting is named', async () => {
    const { code, err } = await runFake(['assets', '--data', '/d'], { lock: { pid: 7, url: null } });
    expect({ code, err }).toEqual({
      code: 1,
      err: 'portcullis: portcullis (pid 7) is starting or at work on /d, and cannot be asked: try again in a moment',
    });
  });

  it('a data directory that was opened is closed even when the verb fails', async () => {
    const { code, opened, closed } = await runFake(['plan', 'f-1'], {
      lock: null,
      routes: { 'POST /api/findings/f-1/plan': refused },
    });
    expect({ code, opened, closed }).toEqual({ code: 1, opened: 1, closed: 1 });
  });
});
