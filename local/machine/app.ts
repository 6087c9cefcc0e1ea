import { getConnInfo } from '@hono/node-server/conninfo';
import { makeApp } from '../../web/app.ts';
import { loopbackHosts } from '../../web/security.ts';
import type { Machine } from './machine.ts';

/** The HTTP side of one machine: page, API and approval links for callers on loopback. */
export function makeLocalApp(machine: Machine, listening: { host: string; port: number }) {
  return makeApp(machine.services, {
    apiToken: machine.apiToken,
    allowedHosts: () => loopbackHosts(listening.host, listening.port),
    clientIp(c) {
      try {
        return getConnInfo(c).remote.address ?? null;
      } catch {
        // Called in this process, without a socket.
        return null;
      }
    },
    log: ({ message, method, path }) => machine.base.log.warn('a request failed', { method, path, reason: message }),
  });
}
