import { endpoint, toAddress } from '../../core/net/address.ts';
import { Exclusions } from '../../core/net/exclusions.ts';
import type { Protocol } from '../../core/net/protocol.ts';
import { reasonConfigured } from '../../core/remediation/configured-protection.ts';
import type { Protection } from '../../core/ports/firewall.ts';
import { operatorSsh, type SshConnection } from './ssh-connection.ts';

export interface HostProtectionOptions {
  /** Where this process serves, asked each time: the port may be picked late. */
  listening: () => { host: string; port: number };
  /** Texts of `protect:`, as `Exclusions` reads them. */
  protect: readonly string[];
  /** The operator's SSH session; default: found through `SSH_CONNECTION` of this process and its ancestors. */
  ssh?: () => Promise<SshConnection | null>;
}

const WILDCARDS = new Set(['0.0.0.0', '::']);

/** What must never be cut on this host: its own port, the operator's SSH session, and whatever the configuration protects. */
export class HostProtection implements Protection {
  readonly #options: HostProtectionOptions;
  readonly #protected: Exclusions;

  /** @throws BadInput for a text of `protect` that cannot be read. */
  constructor(options: HostProtectionOptions) {
    this.#options = options;
    this.#protected = new Exclusions(options.protect);
  }

  async reasonToKeep(address: string, port: number, protocol: Protocol): Promise<string | null> {
    return (
      (protocol === 'tcp' ? await this.#ownConnection(address, port) : null) ??
      reasonConfigured(this.#protected, address, port, protocol)
    );
  }

  async #ownConnection(address: string, port: number): Promise<string | null> {
    const what = endpoint(address, port);
    const own = this.#options.listening();
    if (port === own.port && servesOn(own.host, address)) {
      return `${what} is where Portcullis itself listens: closing it would shut out the people who decide.`;
    }
    const ssh = await (this.#options.ssh ?? operatorSsh)();
    if (ssh !== null && port === ssh.port && (ssh.address === null || ssh.address === address)) {
      return `${what} carries the SSH session that Portcullis was started from: closing it would cut off the operator.`;
    }
    return null;
  }
}

/** A name may stand for any address. */
function servesOn(host: string, address: string): boolean {
  const canonical = toAddress(host.replaceAll(/^\[|\]$/g, ''));
  return canonical === undefined || WILDCARDS.has(canonical) || canonical === address;
}
