import { Approval, type DecidedAs } from '../../../core/approvals/approval.ts';
import { isUnfinished } from '../../../core/approvals/state.ts';
import { Asset } from '../../../core/assets/asset.ts';
import { NotFound } from '../../../core/errors.ts';
import { alertGroupOf, Finding } from '../../../core/findings/finding.ts';
import { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import type { Protocol } from '../../../core/net/protocol.ts';
import type { LineStore } from '../../../core/ports/line-store.ts';
import type {
  ApprovalStore,
  AssetStore,
  Decision,
  FindingStore,
  FingerprintStore,
  PlanStore,
  WhitelistStore,
} from '../../../core/ports/stores.ts';
import { ChangeLine } from '../../../core/remediation/change-line.ts';
import { Plan } from '../../../core/remediation/plan.ts';
import type { Instant } from '../../../core/time.ts';
import { WhitelistEntry } from '../../../core/whitelist/entry.ts';
import { MemoryItems, MemoryVersioned } from './versioned.ts';

export class MemoryAssetStore implements AssetStore {
  readonly #items = new MemoryItems(Asset);

  async get(address: string): Promise<Asset | undefined> {
    return this.#items.get(address);
  }

  async putAll(assets: readonly Asset[]): Promise<void> {
    for (const asset of assets) this.#items.put(asset.address, asset);
  }

  async removeAll(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) this.#items.delete(address);
  }

  async list(): Promise<Asset[]> {
    return this.#items.list();
  }
}

export class MemoryFingerprintStore implements FingerprintStore {
  readonly #items = {
    tcp: new MemoryVersioned(Fingerprint, (fingerprint) => fingerprint.address),
    udp: new MemoryVersioned(Fingerprint, (fingerprint) => fingerprint.address),
  };

  async getMany(addresses: readonly string[], protocol: Protocol = 'tcp'): Promise<Map<string, Fingerprint>> {
    return this.#items[protocol].getMany(addresses);
  }

  async save(fingerprint: Fingerprint): Promise<Fingerprint> {
    return this.#items[fingerprint.protocol].save(fingerprint);
  }

  async list({ protocol = 'tcp' }: { protocol?: Protocol } = {}): Promise<Fingerprint[]> {
    return this.#items[protocol].list();
  }
}

export class MemoryFindingStore implements FindingStore {
  readonly #items = new MemoryVersioned(Finding, (finding) => finding.id);

  async get(id: string): Promise<Finding | undefined> {
    return this.#items.get(id);
  }

  async getMany(ids: readonly string[]): Promise<Map<string, Finding>> {
    return this.#items.getMany(ids);
  }

  async save(finding: Finding): Promise<Finding> {
    return this.#items.save(finding);
  }

  async list(): Promise<Finding[]> {
    return this.#items.list();
  }

  async listUntold(group?: string): Promise<Finding[]> {
    return this.#items
      .list()
      .filter((finding) => finding.untold.length > 0 && (group === undefined || alertGroupOf(finding) === group));
  }
}

export class MemoryWhitelistStore implements WhitelistStore {
  readonly #items = new MemoryVersioned(WhitelistEntry, (entry) => entry.id);

  async get(id: string): Promise<WhitelistEntry | undefined> {
    return this.#items.get(id);
  }

  async save(entry: WhitelistEntry): Promise<WhitelistEntry> {
    return this.#items.save(entry);
  }

  async list(): Promise<WhitelistEntry[]> {
    return this.#items.list();
  }
}

export class MemoryPlanStore implements PlanStore {
  readonly #items = new MemoryVersioned(Plan, (plan) => plan.id);

  async get(id: string): Promise<Plan | undefined> {
    return this.#items.get(id);
  }

  async save(plan: Plan): Promise<Plan> {
    return this.#items.save(plan);
  }

  async list(): Promise<Plan[]> {
    return this.#items.list();
  }

  async listUnfinished(): Promise<Plan[]> {
    return this.#items.list().filter(({ state }) => ['manual', 'applying', 'applied', 'rolling-back'].includes(state));
  }
}

export class MemoryLineStore implements LineStore {
  readonly #items = new MemoryVersioned(ChangeLine, (line) => line.account);

  async get(account: string): Promise<ChangeLine | undefined> {
    return this.#items.get(account);
  }

  async save(line: ChangeLine): Promise<ChangeLine> {
    return this.#items.save(line);
  }

  async list(): Promise<ChangeLine[]> {
    return this.#items.list();
  }
}

export class MemoryApprovalStore implements ApprovalStore {
  readonly #items = new MemoryVersioned(Approval, (approval) => approval.id);

  async get(id: string): Promise<Approval | undefined> {
    return this.#items.get(id);
  }

  async save(approval: Approval): Promise<Approval> {
    return this.#items.save(approval);
  }

  async decide(
    id: string,
    decision: 'approved' | 'denied',
    by: string,
    now: Instant,
    decidedAs: DecidedAs | null = null,
  ): Promise<Decision> {
    const approval = this.#items.get(id);
    if (approval === undefined) throw new NotFound('approval', id);
    if (approval.state === 'expired') return { kind: 'expired', approval };
    if (approval.state !== 'pending') return { kind: 'already', approval };
    if (now >= approval.expiresAt) return { kind: 'expired', approval };
    const decided = this.#items.save({ ...approval, state: decision, decidedBy: by, decidedAt: now, decidedAs });
    return { kind: 'decided', approval: decided };
  }

  async list(): Promise<Approval[]> {
    return this.#items.list();
  }

  async listUnfinished(): Promise<Approval[]> {
    return this.#items.list().filter(isUnfinished);
  }
}
