import type { CloudReader } from '../ports/cloud.ts';
import { eachLimited } from '../stages/each-limited.ts';
import type { CloudNetwork, Place } from './network.ts';

/** Places at a time: each answers from its own account and Region, and holds a whole network while it is read. */
const AT_A_TIME = 4;

/** The networks of every place that can be read, in the order of `places`. One that cannot goes to `onError`; the others go on. */
export async function readPlaces(
  reader: CloudReader,
  onError: (place: Place, error: unknown) => void,
): Promise<CloudNetwork[]> {
  const networks: (CloudNetwork | undefined)[] = reader.places.map(() => undefined);
  await eachLimited([...reader.places.entries()], AT_A_TIME, async ([index, place]) => {
    try {
      networks[index] = await reader.readAll(place);
    } catch (error) {
      onError(place, error);
    }
  });
  return networks.filter((network) => network !== undefined);
}
