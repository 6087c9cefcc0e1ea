import { startDynamoDbLocal } from '../../support/emulators/dynamodb-local.ts';
import { describeEmulatedStores } from './emulated-stores.ts';

describeEmulatedStores('dynamodb-local', startDynamoDbLocal);
