import {
  AuthorizeSecurityGroupIngressCommand,
  type EC2Client,
  ModifySecurityGroupRulesCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import type { Place, SecurityGroupRule } from '../../../core/cloud/network.ts';
import { RuleProblem, type RuleProblemCode } from '../../../core/cloud/rule-problem.ts';
import { PortcullisError } from '../../../core/errors.ts';
import type { RuleChanger } from '../../../core/ports/cloud.ts';
import type { RuleStep } from '../../../core/remediation/security-groups/rule-step.ts';
import { errorCode, isDenied, isThrottled, isUnavailable } from '../aws-errors.ts';
import type { ClientsFor } from '../roles.ts';
import { describeGroups, describeRules } from './describe.ts';
import { checkedPageSize, MAX_PAGE_SIZE } from './pages.ts';
import { Reading } from './reading.ts';
import { toPermission, toRuleRequest } from './rule-translation.ts';

/**
 * One call with all its tries, milliseconds. The lock of a change is renewed before each call and held for 60 s: a try after that could
 * overwrite what the next holder has made.
 */
const CALL_MS = 20_000;

/**
 * Changes ingress rules with the write role and reads them with the read role.
 *
 * `apply` throws RuleProblem for whatever EC2 refused and leaves the decision to the caller's next read; it throws Refused where no
 * writeRole is given. It ignores `Return` in EC2's answers: only a read tells. In a default VPC EC2 may answer a revoke with "done" and
 * revoke nothing, listing `unknownIpPermissionSet`; that happens only when the rule is given by its protocol, ports and source. Here a
 * rule is always given by its id, which is found or is an error (API reference, RevokeSecurityGroupIngress).
 */
export function ec2RuleChanger(options: RuleChangerOptions): RuleChanger {
  return changerFor(options, null);
}

interface RuleChangerOptions {
  clientsFor: ClientsFor;
  pageSize?: number;
}

function changerFor(options: RuleChangerOptions, findingId: string | null): RuleChanger {
  const pageSize = checkedPageSize(options.pageSize ?? MAX_PAGE_SIZE);

  async function attempt(place: Place, step: RuleStep, DryRun: boolean): Promise<void> {
    const { ec2, identity } = options.clientsFor(place, 'write', findingId);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), CALL_MS);
    try {
      await call(ec2, step, DryRun, limit.signal);
    } catch (error) {
      if (error instanceof PortcullisError) throw error;
      const why = limit.signal.aborted ? `not taken within ${CALL_MS / 1_000} s` : errorCode(error);
      throw problem(place, step, identity, why, error);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    actingFor: (id) => changerFor(options, id),

    async readRules(place, groupIds) {
      const reading = new Reading({ place, clients: options.clientsFor(place, 'read'), pageSize });
      const [groups, rules] = await Promise.all([
        describeGroups(reading, 'group-id', groupIds),
        describeRules(reading, groupIds),
      ]);
      const byGroup = new Map<string, SecurityGroupRule[]>(groups.map(({ GroupId }) => [GroupId ?? '', []]));
      for (const rule of rules) if (!rule.egress) byGroup.get(rule.groupId)?.push(rule);
      return byGroup;
    },

    async rehearse(place, step) {
      try {
        await attempt(place, step, true);
      } catch (error) {
        // Whatever else EC2 says, as that it would have made the call, is not about permission.
        const unknown = error instanceof RuleProblem && !ABOUT_PERMISSION.has(error.code);
        if (!unknown) throw error;
      }
    },

    apply: (place, step) => attempt(place, step, false),
  };
}

async function call(ec2: EC2Client, step: RuleStep, DryRun: boolean, abortSignal: AbortSignal): Promise<void> {
  const common = { GroupId: step.groupId, DryRun };
  switch (step.op) {
    case 'authorize': {
      const Tags = Object.entries(step.tags).map(([Key, Value]) => ({ Key, Value }));
      const tagged = Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'security-group-rule' as const, Tags }] };
      const IpPermissions = [toPermission(step.rule)];
      await ec2.send(new AuthorizeSecurityGroupIngressCommand({ ...common, IpPermissions, ...tagged }), {
        abortSignal,
      });
      return;
    }
    case 'modify': {
      const SecurityGroupRules = [{ SecurityGroupRuleId: step.ruleId, SecurityGroupRule: toRuleRequest(step.to) }];
      await ec2.send(new ModifySecurityGroupRulesCommand({ ...common, SecurityGroupRules }), { abortSignal });
      return;
    }
    case 'revoke':
      await ec2.send(new RevokeSecurityGroupIngressCommand({ ...common, SecurityGroupRuleIds: [step.ruleId] }), {
        abortSignal,
      });
  }
}

const ACTIONS: Readonly<Record<RuleStep['op'], string>> = {
  authorize: 'ec2:AuthorizeSecurityGroupIngress',
  modify: 'ec2:ModifySecurityGroupRules',
  revoke: 'ec2:RevokeSecurityGroupIngress',
};

/** What a rehearsal may end as. */
const ABOUT_PERMISSION = new Set<RuleProblemCode>(['denied', 'throttled', 'unavailable']);

const CODES: Readonly<Record<string, RuleProblemCode>> = {
  'InvalidPermission.Duplicate': 'duplicate',
  'InvalidGroup.NotFound': 'not-found',
  'InvalidGroupId.NotFound': 'not-found',
  'InvalidPermission.NotFound': 'not-found',
  'InvalidSecurityGroupId.NotFound': 'not-found',
  'InvalidSecurityGroupRuleId.NotFound': 'not-found',
  RulesPerSecurityGroupLimitExceeded: 'quota',
  SecurityGroupsPerInterfaceLimitExceeded: 'quota',
  SecurityGroupRulesPerInterfaceLimitExceeded: 'quota',
};

function problem(place: Place, step: RuleStep, identity: string, why: string, error: unknown): RuleProblem {
  const what = step.op === 'authorize' ? step.groupId : `${step.ruleId} of ${step.groupId}`;
  const where = `account ${place.account} in ${place.region}`;
  const message = `${ACTIONS[step.op]} on ${what} (${where}) by ${identity} failed: ${why}`;
  return new RuleProblem(codeOf(error), message, { cause: error });
}

function codeOf(error: unknown): RuleProblemCode {
  if (isDenied(error)) return 'denied';
  if (isThrottled(error)) return 'throttled';
  return CODES[errorCode(error)] ?? (isUnavailable(error) ? 'unavailable' : 'other');
}
