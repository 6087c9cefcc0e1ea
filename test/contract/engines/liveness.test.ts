import { describe } from 'vitest';
import { Responders } from '../../../core/scanning/liveness/responders.ts';
import { connectEngine } from '../../../fargate-scanner/engines/connect/connect-engine.ts';
import { livenessEngine } from '../../../fargate-scanner/engines/liveness/liveness-engine.ts';
import { engineContract } from './engine.contract.ts';

describe('the liveness engine', () => {
  engineContract(() => livenessEngine({ tcp: connectEngine(), responders: new Responders() }));
});
