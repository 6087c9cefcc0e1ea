import { randomBytes } from 'node:crypto';
import { fileLinkSigner } from '../../../adapters/local/file-link-signer.ts';
import { describeLinkSigner } from './link-signer.contract.ts';

describeLinkSigner('a key file', async () => {
  const key = randomBytes(32);
  return { signer: fileLinkSigner(key), again: () => fileLinkSigner(key) };
});
