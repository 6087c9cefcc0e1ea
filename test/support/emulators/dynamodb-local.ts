import { startEmulator, type Emulator } from './emulator-process.ts';
import { DYNAMODB_LOCAL } from './install.mjs';

/** DynamoDB Local, which AWS makes, in memory. Needs `dynamodb-local`. */
export function startDynamoDbLocal(): Promise<Emulator> {
  return startEmulator('dynamodb-local', (port) => [...DYNAMODB_LOCAL, '-inMemory', '-port', `${port}`]);
}
