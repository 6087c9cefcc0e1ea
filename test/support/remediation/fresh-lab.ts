import { LISTS } from '../../unit/remediation/security-groups/arbitrary-closures.ts';
import { FaultProxy } from '../aws/fault-proxy.ts';
import type { Emulator } from '../emulators/emulator-process.ts';
import { startMoto } from '../emulators/moto.ts';
import { ClosureLab } from './closure-lab.ts';

/** moto keeps the tags of rules that are gone and looks through them: after so many cases it takes twice as long for each. */
const CASES_EACH = 250;

export interface LabBehindProxy {
  readonly lab: ClosureLab;
  readonly proxy: FaultProxy;
}

/** A lab in a moto of its own, from time to time another one. */
export class FreshLab {
  #moto: Emulator | null = null;
  #open: LabBehindProxy | null = null;
  #cases = 0;

  /** The lab for the next case. */
  async next(): Promise<LabBehindProxy> {
    this.#cases += 1;
    if (this.#open !== null && this.#cases % CASES_EACH !== 0) return this.#open;
    await this.close();
    this.#moto = await startMoto();
    this.#open = {
      proxy: await FaultProxy.start(this.#moto.url),
      lab: await ClosureLab.start(this.#moto.url, LISTS),
    };
    return this.#open;
  }

  async close(): Promise<void> {
    this.#open?.lab.ec2.destroy();
    await this.#open?.proxy.close();
    await this.#moto?.close();
    this.#open = null;
    this.#moto = null;
  }
}
