import type { ClientsFor } from '../../../adapters/aws/roles.ts';

interface Backoff {
  retryBackoffStrategy: { computeNextBackoffDelay: () => number };
}

/** The same clients, whose retries follow at once: as many as ever, for the same reasons. */
export function withoutBackoff(clientsFor: ClientsFor): ClientsFor {
  const done = new WeakSet<object>();
  return (place, purpose) => {
    const clients = clientsFor(place, purpose);
    const { config } = clients.ec2;
    if (done.has(config)) return clients;
    done.add(config);
    const strategyOf = config.retryStrategy;
    config.retryStrategy = async () => {
      const strategy = await strategyOf();
      // Not part of the SDK's types; without it the next line fails, and the tests with it.
      (strategy as unknown as Backoff).retryBackoffStrategy.computeNextBackoffDelay = () => 0;
      return strategy;
    };
    return clients;
  };
}
