import type { NetworkInterface } from '../../../core/cloud/network.ts';
import type { Address } from '../../../core/net/address.ts';
import { NotSpoken } from '../aws-errors.ts';
import { addressFilters } from './address-filters.ts';
import { describeInterfaces } from './describe.ts';
import { toInterface } from './network-translation.ts';
import type { Reading } from './reading.ts';

/**
 * The interfaces that have the address, as a public, private or IPv6 one; a private one may exist in several VPCs. Where EC2's filters do
 * not exist (moto), every interface is read instead.
 */
export async function findInterfaces(reading: Reading, address: Address): Promise<NetworkInterface[]> {
  const found = await askByAddress(reading, address);
  const interfaces = new Map(found.map((eni) => [eni.NetworkInterfaceId, toInterface(eni)]));
  return [...interfaces.values()].filter((eni) => has(eni, address));
}

async function askByAddress(reading: Reading, address: Address) {
  try {
    const filters = addressFilters(address);
    return (await Promise.all(filters.map((filter) => describeInterfaces(reading, filter, [address])))).flat();
  } catch (error) {
    if (!(error instanceof NotSpoken)) throw error;
    return describeInterfaces(reading, 'network-interface-id', null);
  }
}

function has({ ipv4, ipv6 }: NetworkInterface, address: Address): boolean {
  return ipv6.includes(address) || ipv4.some((each) => each.private === address || each.public === address);
}
