import { masscanEngine } from '../../../../fargate-scanner/engines/masscan/masscan-engine.ts';
import { describeWith } from '../../../support/need.ts';
import { linkPlace } from '../../../support/scanner/link-place.ts';
import { engineContract } from '../engine.contract.ts';

describeWith(['root', 'ip', 'nft', 'masscan'], 'masscan, to another machine', () => {
  engineContract(() => masscanEngine({ waitSeconds: 2 }), linkPlace());
});
