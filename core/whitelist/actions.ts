import { NotFound } from '../errors.ts';
import { idOf } from '../identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { AuditLog, WhitelistStore } from '../ports/stores.ts';
import type { WhitelistEntry } from './entry.ts';
import { approveEntry, rejectEntry, removeEntry, requestEntry, type WhitelistInput } from './register.ts';

export type WhitelistAct = 'approve' | 'reject' | 'remove';

export interface WhitelistActionPorts {
  clock: Clock;
  whitelist: WhitelistStore;
  audit: AuditLog;
  /** Applies the whitelist to the findings after it changed. */
  rejudge: () => Promise<void>;
  newId: () => string;
}

export interface WhitelistActions {
  /** @throws BadInput */
  request(input: WhitelistInput, actor: string): Promise<WhitelistEntry>;
  /** @throws NotFound, Refused when the entry is not in a state this can follow, VersionConflict */
  act(id: string, act: WhitelistAct, actor: string): Promise<WhitelistEntry>;
}

const TRANSITIONS = { approve: approveEntry, reject: rejectEntry, remove: removeEntry } as const;

/** Registration and approval of whitelist entries; each act is one conditional write and one audit row. */
export function makeWhitelistActions(ports: WhitelistActionPorts): WhitelistActions {
  async function save(entry: WhitelistEntry, action: string, actor: string): Promise<WhitelistEntry> {
    const saved = await ports.whitelist.save(entry);
    await ports.audit.append({
      id: idOf('au', saved.id, action, saved.version),
      at: ports.clock.now(),
      actor,
      action: `whitelist-${action}`,
      object: saved.id,
      findingId: null,
      detail: `${saved.target} ${saved.protocol} ${saved.ports} until ${saved.expiresAt}: ${saved.reason}`,
    });
    return saved;
  }
  return {
    async request(input, actor) {
      return save(requestEntry(input, actor, ports.clock.now(), `w-${ports.newId()}`), 'request', actor);
    },
    async act(id, act, actor) {
      const entry = await ports.whitelist.get(id);
      if (!entry) throw new NotFound('whitelist entry', id);
      const saved = await save(TRANSITIONS[act](entry, actor, ports.clock.now()), act, actor);
      await ports.rejudge();
      return saved;
    },
  };
}
