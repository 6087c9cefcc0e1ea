import { type InventoryPorts, makeInventory } from '../../core/stages/inventory.ts';

/** Schedule -> assets, what is admitted, and late what no event told of. Fails when a place could not be read, after all others. */
export function makeInventoryFunction(ports: InventoryPorts): () => Promise<void> {
  return makeInventory(ports);
}
