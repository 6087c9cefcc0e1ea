import * as z from 'zod';

/**
 * The schema version that is emitted: class 2004 of https://github.com/ocsf/ocsf-schema before the commit that starts 1.5.0-dev
 * (41a4ac675507, January 2025). Security Hub's own exposure findings are of this class.
 */
export const OCSF_VERSION = '1.4.0';

/** Milliseconds since the epoch (`timestamp_t`). */
const Timestamp = z.number().int();

/** The part of a Detection Finding that Portcullis fills. https://schema.ocsf.io/1.4.0/classes/detection_finding */
export const OcsfFinding = z.object({
  activity_id: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  activity_name: z.enum(['Create', 'Update', 'Close']),
  category_uid: z.literal(2),
  category_name: z.literal('Findings'),
  class_uid: z.literal(2004),
  class_name: z.literal('Detection Finding'),
  /** class_uid x 100 + activity_id */
  type_uid: z.number().int(),
  type_name: z.string(),
  time: Timestamp,
  start_time: Timestamp,
  end_time: Timestamp.optional(),
  severity_id: z.number().int().min(1).max(5),
  severity: z.enum(['Informational', 'Low', 'Medium', 'High', 'Critical']),
  /** Whitelisted is Suppressed, closed is Resolved. */
  status_id: z.number().int().min(1).max(4),
  status: z.enum(['New', 'In Progress', 'Suppressed', 'Resolved']),
  status_detail: z.string(),
  /** True while somebody has to act. */
  is_alert: z.boolean(),
  message: z.string(),
  metadata: z.object({
    version: z.literal(OCSF_VERSION),
    product: z.object({ name: z.literal('Portcullis'), vendor_name: z.literal('Portcullis') }),
    profiles: z.array(z.literal('cloud')).optional(),
  }),
  /** Only for findings of an AWS account. */
  cloud: z
    .object({
      provider: z.literal('AWS'),
      region: z.string(),
      account: z.object({ uid: z.string(), type_id: z.literal(10), type: z.literal('AWS Account') }),
    })
    .optional(),
  finding_info: z.object({
    /** The finding's id: the same for ever. */
    uid: z.string(),
    title: z.string(),
    desc: z.string(),
    types: z.array(z.string()),
    created_time: Timestamp,
    modified_time: Timestamp,
    first_seen_time: Timestamp,
    last_seen_time: Timestamp,
    analytic: z.object({ uid: z.string(), type_id: z.literal(1), type: z.literal('Rule') }),
  }),
  resources: z.array(
    z.object({
      uid: z.string(),
      name: z.string(),
      type: z.string(),
      ip: z.string(),
      region: z.string().optional(),
      owner: z.object({ name: z.string() }).optional(),
    }),
  ),
  evidences: z.array(
    z.object({
      dst_endpoint: z.object({ ip: z.string(), port: z.number().int(), svc_name: z.string().optional() }),
      connection_info: z.object({
        direction_id: z.literal(1),
        direction: z.literal('Inbound'),
        protocol_name: z.string(),
        protocol_num: z.number().int(),
      }),
      data: z.object({
        verdict: z.string(),
        breadth: z.string(),
        admittedBy: z.array(z.object({ ruleId: z.string(), source: z.string(), breadth: z.string() })),
        whitelistedBy: z.string().nullable(),
      }),
    }),
  ),
  observables: z.array(
    z.object({ name: z.string(), type_id: z.literal(2), type: z.literal('IP Address'), value: z.string() }),
  ),
  remediation: z.object({ desc: z.string() }),
  /** What the class has no attribute for; times in ISO 8601. */
  unmapped: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
});
export type OcsfFinding = z.infer<typeof OcsfFinding>;
