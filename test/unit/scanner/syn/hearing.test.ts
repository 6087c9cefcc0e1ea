import { describe, expect, it } from 'vitest';
import { PortRuns } from '../../../../core/scanning/port-runs.ts';
import { anAnswer, type Answer } from '../../../../core/scanning/syn/answer.ts';
import { Canaries } from '../../../../fargate-scanner/engines/syn/sweep/canaries.ts';
import { Hearing } from '../../../../fargate-scanner/engines/syn/sweep/hearing.ts';
import { Hosts, SENDING } from '../../../../fargate-scanner/engines/syn/hosts/hosts.ts';
import type { WorkerMessage } from '../../../../fargate-scanner/engines/syn/messages.ts';
import { Settling } from '../../../../fargate-scanner/engines/syn/sweep/settle.ts';
import { aWorkerJob } from '../../../builders/worker-job.ts';

const TARGET = 0xc0000201;
const SOURCE_PORTS = { first: 61_000, last: 61_011 };
const NOW = 5_000;
/** Codes of ICMP. */
const [PORT_UNREACHABLE, ADMIN_PROHIBITED] = [3, 13];

/** One host with these ports, every one of them probed and silent. */
function aScene(ports: string) {
  const job = aWorkerJob({ ports });
  const hosts = new Hosts(job);
  hosts.launched[0] = hosts.sizeOf(0);
  const told: string[] = [];
  const post = (message: WorkerMessage): void => {
    if (message.kind !== 'settled') return;
    for (const { from, length, state, reason } of message.batch) {
      const runs = new PortRuns(message.runs.subarray(from, from + length));
      for (const port of runs) told.push(`${port} ${state} ${reason}`);
    }
  };
  const settling = new Settling(hosts, job.control, post);
  const ends: string[] = [];
  const canaries = new Canaries(hosts);
  const hearing = new Hearing(hosts, SOURCE_PORTS, settling, canaries, {
    settled: () => void ends.push('settled'),
    decoy: () => void ends.push('decoy'),
  });
  const hear = (
    kind: Answer['kind'],
    port: number,
    over: { pass?: number; wrong?: number; code?: number } = {},
  ): void => {
    const { pass = 1, wrong = 0, code = 0 } = over;
    const sourcePort = SOURCE_PORTS.first + pass - 1;
    const answer = anAnswer();
    answer.address[0] = TARGET;
    Object.assign(answer, { kind, sourcePort, port, code, sequence: hosts.cookie(0, sourcePort, port) + wrong });
    hearing.heard(4, answer, NOW);
  };
  /** `port state` of everything, after a last silent pass. */
  const verdict = (): string[] => {
    hosts.good[0] = 1;
    settling.finish(0, 1);
    settling.flush();
    return told.toSorted();
  };
  /** The port of the next canary; null: none is known. */
  const canary = (): number | null => {
    hosts.phase[0] = SENDING;
    const place = canaries.due(NOW, 1_000);
    return place === -1 ? null : hosts.portAt(0, canaries.indexAt(place));
  };
  return { hosts, hearing, hear, verdict, ends, canary };
}

describe('what is heard', () => {
  it('counts for nothing when it acknowledges another number than the one sent', () => {
    const scene = aScene('80,81,82');
    scene.hear('open', 80, { wrong: 1 });
    scene.hear('closed', 81, { wrong: -1 });
    scene.hear('refused', 82, { wrong: 7, code: 13 });
    expect(scene.verdict()).toEqual(['80 filtered no-answer', '81 filtered no-answer', '82 filtered no-answer']);
  });

  it('counts for nothing when it comes from an address or a port that was not asked', () => {
    const scene = aScene('80');
    scene.hear('open', 443);
    const other = anAnswer();
    Object.assign(other, { kind: 'open', sourcePort: SOURCE_PORTS.first, port: 80 });
    other.address[0] = TARGET + 1;
    scene.hearing.heard(4, other, NOW);
    expect(scene.verdict()).toEqual(['80 filtered no-answer']);
  });

  it('is told once, however often it comes', () => {
    const scene = aScene('80,81');
    for (let i = 0; i < 3; i += 1) {
      scene.hear('open', 80);
      scene.hear('closed', 81);
      scene.hear('closed', 80);
    }
    expect(scene.verdict()).toEqual(['80 open syn-ack', '81 closed ECONNREFUSED']);
    expect(scene.ends).toEqual(['settled']);
  });

  it('is open when something in between said closed first', () => {
    const scene = aScene('80,81');
    scene.hear('closed', 80);
    scene.hear('open', 80);
    expect(scene.verdict()).toEqual(['80 open syn-ack', '81 filtered no-answer']);
  });

  it('is no way to a port when the host answers elsewhere, and unknown when it does not', () => {
    const scene = aScene('80,81');
    scene.hear('refused', 80, { code: 1 });
    expect(scene.verdict()).toEqual(['80 unknown EHOSTUNREACH', '81 unknown EHOSTUNREACH']);
    const answering = aScene('80,81');
    answering.hear('refused', 80, { code: 1 });
    answering.hear('closed', 81);
    expect(answering.verdict()).toEqual(['80 filtered EHOSTUNREACH', '81 closed ECONNREFUSED']);
  });

  it('says how much was lost: answers that only a later pass heard', () => {
    const scene = aScene('1-10');
    for (let port = 1; port <= 8; port += 1) scene.hear('closed', port);
    scene.hosts.loss.countPass(0, 1);
    scene.hosts.pass[0] = 2;
    scene.hear('closed', 9, { pass: 2 });
    scene.hosts.loss.countPass(0, 2);
    expect(scene.hosts.loss.all).toEqual({ attempts: 8, failures: 1 });
    expect(scene.hosts.loss.of(0)).toEqual({ attempts: 8, failures: 1 });
  });

  it('says nothing of loss when it is an ICMP error, which hosts send few of a second', () => {
    const scene = aScene('1-10');
    for (const port of [1, 2]) scene.hear('refused', port, { code: PORT_UNREACHABLE });
    scene.hosts.loss.countPass(0, 1);
    scene.hosts.pass[0] = 2;
    for (const port of [3, 4]) scene.hear('refused', port, { pass: 2, code: PORT_UNREACHABLE });
    for (const port of [5, 6]) scene.hear('refused', port, { pass: 2, code: ADMIN_PROHIBITED });
    scene.hosts.loss.countPass(0, 2);
    expect(scene.hosts.loss.all).toEqual({ attempts: 0, failures: 0 });
    expect(scene.hosts.answered[0]).toBe(4);
    expect(scene.canary()).toBeNull();
    scene.hear('closed', 7, { pass: 2 });
    expect(scene.canary()).toBe(7);
  });

  it('is a decoy when more than a tenth of a long list is open, and a list of a few ports never is', () => {
    const decoy = aScene('1-1000');
    for (let port = 1; port <= 200; port += 1) decoy.hear('open', port);
    expect(decoy.ends).toContain('decoy');
    const few = aScene('1-100');
    for (let port = 1; port <= 100; port += 1) few.hear('open', port);
    expect(few.ends).toEqual(['settled']);
  });
});
