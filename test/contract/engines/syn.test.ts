import { synEngine } from '../../../fargate-scanner/engines/syn/syn-engine.ts';
import { describeWith } from '../../support/need.ts';
import { engineContract } from './engine.contract.ts';

describeWith(['root'], 'the syn engine', () => {
  engineContract(synEngine());
});
