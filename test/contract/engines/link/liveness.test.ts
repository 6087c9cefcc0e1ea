import { Responders } from '../../../../core/scanning/liveness/responders.ts';
import { connectEngine } from '../../../../fargate-scanner/engines/connect/connect-engine.ts';
import { livenessEngine } from '../../../../fargate-scanner/engines/liveness/liveness-engine.ts';
import { describeWith } from '../../../support/need.ts';
import { linkPlace } from '../../../support/scanner/link-place.ts';
import { engineContract } from '../engine.contract.ts';

describeWith(['root', 'ip', 'nft'], 'the liveness engine, to another machine', () => {
  engineContract(() => livenessEngine({ tcp: connectEngine(), responders: new Responders() }), linkPlace());
});
