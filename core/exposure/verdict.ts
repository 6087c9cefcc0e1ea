import type { Admission, Verdict } from '../findings/finding.ts';

/** What an open or closed port means beside the firewall rules that let it in. */
export function verdictOf(isOpen: boolean, admissions: readonly Admission[]): Verdict {
  if (isOpen) return admissions.length > 0 ? 'confirmed' : 'unexplained';
  return admissions.length > 0 ? 'latent' : 'clean';
}
