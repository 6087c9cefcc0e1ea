import { udpEngine } from '../../../../fargate-scanner/engines/udp/udp-engine.ts';
import { describeWith } from '../../../support/need.ts';
import { linkPlace } from '../../../support/scanner/link-place.ts';
import { engineContract } from '../engine.contract.ts';

describeWith(['root', 'ip', 'nft'], 'the udp engine, to another machine', () => {
  engineContract(() => udpEngine(), linkPlace('udp'));
});
