import fc from 'fast-check';
import {
  type Admission,
  type Finding,
  findingIdOf,
  FindingStatus,
  PortClass,
  Severity,
  Untold,
  Verdict,
} from '../../../core/findings/finding.ts';
import { toAddress } from '../../../core/net/address.ts';
import { Breadth } from '../../../core/net/breadth.ts';

/** In every place where people or clouds write text, so that a test can look for it. */
export const SECRET = 'pc1.c2VjcmV0LXRva2Vu.bWFj';

/** Names that people write: empty, long, control characters, halves of pairs, markup. */
const anyText = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 3_000 }),
  fc.constantFrom(
    '',
    ' ',
    '\n',
    '\u2028',
    '\uD800',
    '💥'.repeat(2_000),
    'a\u0000b',
    '</script>',
    `${'x'.repeat(255)}💥`,
  ),
);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

export const anyInstant = fc
  .integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) })
  .map((ms) => new Date(ms).toISOString());

const anyAddress = fc.oneof(
  fc.ipV4(),
  fc.ipV6().map((text) => toAddress(text) ?? '2001:db8::10'),
  fc.constantFrom('127.0.0.1', '10.1.2.3', '::1', 'fd00::1'),
);

const anyPlace = fc.oneof(
  fc.constant({ account: 'local', region: 'local' }),
  fc.record({
    account: fc.stringMatching(/^\d{12}$/),
    region: fc.constantFrom('us-east-1', 'eu-central-1', 'cn-north-1', 'us-gov-west-1', 'ap-southeast-7'),
  }),
);

const anyAdmission: fc.Arbitrary<Admission> = fc.record({
  ruleId: fc.oneof(fc.stringMatching(/^sgr-[0-9a-f]{17}$/), anyText),
  source: fc.oneof(fc.constantFrom('0.0.0.0/0', '::/0', 'pl-0123', 'sg-0123'), anyText),
  breadth: fc.constantFrom(...Breadth.options),
});

/** Every finding that the schema takes, and more: the statuses and times need not belong together. */
export const anyFinding: fc.Arbitrary<Finding> = fc
  .record({
    place: anyPlace,
    address: anyAddress,
    /** 0: every port. */
    port: fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.constant(0)),
    class: fc.constantFrom(...PortClass.options),
    severity: fc.constantFrom(...Severity.options),
    verdict: fc.constantFrom(...Verdict.options),
    status: fc.constantFrom(...FindingStatus.options),
    service: orNull(anyText),
    owner: orNull(anyText),
    admittedBy: fc.array(anyAdmission, { maxLength: 60 }),
    whitelistedBy: orNull(anyText),
    openedBy: fc.option(fc.string()),
    version: fc.integer({ min: 0, max: 100_000 }),
    occurrence: fc.integer({ min: 1, max: 1_000 }),
    exposed: fc.boolean(),
    baseline: fc.boolean(),
    kinds: fc.array(fc.constantFrom(...Untold.shape.kind.options), { maxLength: 3 }),
    openedAt: anyInstant,
    observedAt: anyInstant,
    alertedAt: orNull(anyInstant),
    approvedAt: orNull(anyInstant),
    changedAt: orNull(anyInstant),
    verifiedAt: orNull(anyInstant),
    closedAt: orNull(anyInstant),
  })
  .map(({ place, kinds, ...rest }) => ({
    ...rest,
    ...place,
    id: findingIdOf(place.account, place.region, rest.address, 'tcp', rest.port),
    protocol: 'tcp',
    ownerEmail: `${SECRET}@example.com`,
    transition: rest.occurrence,
    untold: kinds.map((kind, occurrence) => ({
      kind,
      occurrence,
      at: rest.openedAt,
      note: `http://127.0.0.1:8460/approvals/${SECRET}`,
    })),
    approvalId: SECRET,
    planId: SECRET,
  }));
