import { masscanEngine } from '../../../../fargate-scanner/engines/masscan/masscan-engine.ts';
import { describeWith } from '../../../support/need.ts';
import { linkPlace } from '../../../support/scanner/link-place.ts';
import { engineContract } from '../engine.contract.ts';

describeWith(['root', 'ip', 'nft', 'masscan'], 'masscan, to another machine', () => {
  const place = linkPlace();
  engineContract(
    () =>
      masscanEngine({
        waitSeconds: 2,
        moreForIPv6: ['--source-ip', place.lab().source.v6, '--router-mac-ipv6', place.lab().targetMac],
      }),
    place,
  );
});
