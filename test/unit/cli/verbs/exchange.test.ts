import { describe, expect, it } from 'vitest';
import { runFake } from '../../../support/cli/run-fake.ts';

describe('import and export', () => {
  it('import sends the text of stdin', async () => {
    const { out, requests } = await runFake(['import', '-'], {
      stdin: '192.0.2.3:22,80\n',
      routes: { 'POST /api/import': { addresses: 1, ports: 2 } },
    });
    expect(out).toBe('Imported 2 ports of 1 address.');
    expect(requests[0]?.body).toEqual({ format: 'ports', text: '192.0.2.3:22,80\n' });
  });

  it('export writes CSV as the API made it', async () => {
    const csv = 'id,address\r\nf-1,192.0.2.3\r\n';
    const { out } = await runFake(['export', '--format', 'csv'], { routes: { 'GET /api/export?format=csv': csv } });
    expect(out).toBe(csv);
  });

  it.each(['ocsf', 'asff'])(
    'export writes %s as one array, and as a line for each finding with --json',
    async (format) => {
      const documents = [{ Id: 'f-1' }, { Id: 'f-2' }];
      const options = { lock: null, routes: { [`GET /api/export?format=${format}`]: documents } };
      const whole = await runFake(['export', '--format', format], options);
      expect(JSON.parse(whole.out)).toEqual(documents);
      expect({ opened: whole.opened, closed: whole.closed }).toEqual({ opened: 1, closed: 1 });
      const lines = await runFake(['export', '--format', format, '--json'], options);
      expect(lines.out).toBe('{"Id":"f-1"}\n{"Id":"f-2"}');
    },
  );
});
