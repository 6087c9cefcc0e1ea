import { startEmulator, type Emulator } from './emulator-process.ts';
import { MOTO } from './install.mjs';

/** moto: SQS, SNS, KMS, EC2, ELB, STS, Security Hub and DynamoDB in memory. Needs `moto`. */
export function startMoto(): Promise<Emulator> {
  return startEmulator('moto', (port) => [...MOTO, '-H', '127.0.0.1', '-p', `${port}`]);
}
