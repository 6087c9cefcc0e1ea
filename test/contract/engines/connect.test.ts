import { describe } from 'vitest';
import { connectEngine } from '../../../fargate-scanner/engines/connect/connect-engine.ts';
import { engineContract } from './engine.contract.ts';

describe('the connect engine', () => {
  engineContract(() => connectEngine());
});

describe('the connect engine in two threads', () => {
  engineContract(() => connectEngine({ threads: 2 }));
});
