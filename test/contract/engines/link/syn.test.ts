import { synEngine } from '../../../../fargate-scanner/engines/syn/syn-engine.ts';
import { describeWith } from '../../../support/need.ts';
import { linkPlace } from '../../../support/scanner/link-place.ts';
import { engineContract } from '../engine.contract.ts';

describeWith(['root', 'ip', 'nft'], 'the syn engine, to another machine', () => {
  engineContract(() => synEngine(), linkPlace());
});

describeWith(['root', 'ip', 'nft'], 'the syn engine in two threads, to another machine', () => {
  engineContract(() => synEngine({ threads: 2 }), linkPlace());
});
