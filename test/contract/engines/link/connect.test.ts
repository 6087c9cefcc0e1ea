import { connectEngine } from '../../../../fargate-scanner/engines/connect/connect-engine.ts';
import { describeWith } from '../../../support/need.ts';
import { linkPlace } from '../../../support/scanner/link-place.ts';
import { engineContract } from '../engine.contract.ts';

describeWith(['root', 'ip', 'nft'], 'the connect engine, to another machine', () => {
  engineContract(() => connectEngine(), linkPlace());
});
