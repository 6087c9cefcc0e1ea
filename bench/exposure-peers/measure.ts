import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Case, isReachable } from './corpus/case.ts';
import { type Outcome, judgeClosure } from './judge/closure.ts';
import { type MotoClients, materialise, type Placed } from './moto/materialise.ts';
import { assertAsWritten, rulesOf } from './snapshot.ts';
import { PLACE, emulatedCloud } from './tools/emulated-cloud.ts';
import type { Said, Tool } from './tools/tool.ts';

/** What one tool said and did about one case. */
export interface Result {
  readonly case: Case;
  readonly said: Said;
  /** null: the case is not reachable, so there is nothing to close. */
  readonly closure: { readonly refused: string | null; readonly outcome: Outcome } | null;
}

/** Of one account. VPCs are 10.0.0.0/16, 10.1.0.0/16 and so on; what moto and the tools need grows with the square. */
export const MOST_CASES = 64;

export interface Bench {
  readonly url: string;
  readonly clients: MotoClients;
}

/**
 * Builds the cases, at most MOST_CASES that all ask about one port, in an empty account; asks the tool; has it close the reachable ones; and compares what the
 * groups held before with what they hold then.
 */
export async function measure(tool: Tool, cases: readonly Case[], { url, clients }: Bench): Promise<Result[]> {
  await fetch(`${url}/moto-api/reset`, { method: 'POST' });
  const placed: Placed[] = [];
  for (const [slot, each] of cases.entries()) placed.push(await materialise(each, clients, slot));
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-peers-'));
  const cloud = emulatedCloud(url);
  try {
    const box = { url, clients, folder };
    const before = await cloud.reader.readAll(PLACE);
    for (const each of placed) assertAsWritten(each, rulesOf(before, each));
    const said = await tool.reachable(placed, box);
    const reachable = placed.filter((each) => isReachable(each.case));
    const refused = await tool.close(reachable, box);
    const after = await cloud.reader.readAll(PLACE);
    return placed.map((each): Result => {
      const answer = said.get(each);
      if (answer === undefined) throw new Error(`${tool.name} said nothing about ${each.case.name}`);
      if (!isReachable(each.case)) return { case: each.case, said: answer, closure: null };
      const nameOf = (id: string): string => each.groups.get(id) ?? id;
      const outcome = judgeClosure(each.case, nameOf, rulesOf(before, each), rulesOf(after, each));
      return { case: each.case, said: answer, closure: { refused: refused.get(each) ?? null, outcome } };
    });
  } finally {
    cloud.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}
