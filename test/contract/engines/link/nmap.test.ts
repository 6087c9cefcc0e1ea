import { nmapEngine } from '../../../../fargate-scanner/engines/nmap/nmap-engine.ts';
import { describeWith } from '../../../support/need.ts';
import { linkPlace } from '../../../support/scanner/link-place.ts';
import { engineContract } from '../engine.contract.ts';

describeWith(['root', 'ip', 'nft', 'nmap'], 'nmap with SYNs, to another machine', () => {
  engineContract(() => nmapEngine({ connect: false }), linkPlace());
});

describeWith(['root', 'ip', 'nft', 'nmap'], 'nmap with connections, to another machine', () => {
  engineContract(() => nmapEngine({ connect: true }), linkPlace());
});
