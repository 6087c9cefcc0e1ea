import { networkInterfaces } from 'node:os';
import { toAddress } from '../../core/net/address.ts';
import type { OwnInterfaces } from '../../core/ports/sources.ts';

/** The addresses of this machine's interfaces that are up, as the kernel lists them. */
export class HostInterfaces implements OwnInterfaces {
  async list(): Promise<{ address: string; interface: string }[]> {
    const own: { address: string; interface: string }[] = [];
    for (const [name, addresses] of Object.entries(networkInterfaces())) {
      for (const { address } of addresses ?? []) {
        const canonical = toAddress(address);
        if (canonical !== undefined) own.push({ address: canonical, interface: name });
      }
    }
    return own;
  }
}
