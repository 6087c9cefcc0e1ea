import { BadInput } from '../errors.ts';
import { toAddress } from '../net/address.ts';

export interface Listen {
  host: string;
  /** 0 lets the system pick a free one. */
  port: number;
}

/**
 * Reads `127.0.0.1:8460`, `[::1]:8460`, `localhost:8460`. Only loopback: whoever reaches the API can read everything, and reaches it unencrypted.
 * @throws BadInput naming the text and what is allowed.
 */
export function parseListen(text: string): Listen {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:\s]+)):(?<port>\d{1,7})$/.exec(text.trim());
  const host = match?.groups?.['v6'] ?? match?.groups?.['name'];
  if (host === undefined)
    throw new BadInput(`"${text}" is not HOST:PORT: write 127.0.0.1:8460, [::1]:8460 or localhost:8460`);
  const port = Number(match?.groups?.['port']);
  if (port > 65_535) throw new BadInput(`"${text}" names port ${port}: write 1 to 65535, or 0 for any free port`);
  const address = toAddress(host);
  if (host !== 'localhost' && address !== '::1' && !address?.startsWith('127.')) {
    throw new BadInput(
      `"${text}" is not a loopback address: write 127.0.0.1:${port}, [::1]:${port} or localhost:${port} (the API has no sign-in and no encryption; reach it from elsewhere through an SSH tunnel)`,
    );
  }
  return { host: address ?? host, port };
}
