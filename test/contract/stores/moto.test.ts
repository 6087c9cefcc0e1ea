import { startMoto } from '../../support/emulators/moto.ts';
import { describeEmulatedStores } from './emulated-stores.ts';

describeEmulatedStores('moto', startMoto);
