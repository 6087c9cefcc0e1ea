import { toAsff } from '../core/emit/asff.ts';
import type { AsffFinding } from '../core/emit/asff-shape.ts';
import { toOcsf } from '../core/emit/ocsf.ts';
import type { OcsfFinding } from '../core/emit/ocsf-shape.ts';
import { defaultProductArn, isAwsAccount } from '../core/emit/place.ts';
import type { Asset } from '../core/assets/asset.ts';
import type { Finding } from '../core/findings/finding.ts';
import type { Instant } from '../core/time.ts';

/** In place of an account in ASFF documents of findings that belong to none: the format wants 12 digits. */
const NO_ACCOUNT = '000000000000';

/** As other consoles read findings. `now`: the moment of the export, so that a console takes a later one as an update. */
export function inConsoleFormat(
  format: 'ocsf' | 'asff',
  findings: readonly Finding[],
  assets: readonly Asset[],
  now: Instant,
): OcsfFinding[] | AsffFinding[] {
  const interfaces = new Map(assets.map((asset) => [asset.address, asset.networkInterface]));
  const contextOf = ({ address }: Finding) => ({
    updatedAt: now,
    networkInterface: interfaces.get(address) ?? null,
  });
  if (format === 'ocsf') return findings.map((finding) => toOcsf(finding, contextOf(finding)));
  return findings.map((finding) => toAsff(finding, { ...contextOf(finding), ...productOf(finding) }));
}

function productOf({ account, region }: Finding): { account: string; productArn: string } {
  const reporting = isAwsAccount(account) ? account : NO_ACCOUNT;
  return { account: reporting, productArn: defaultProductArn(reporting, region) };
}
