import { html } from 'hono/html';
import type { LinkView } from '../core/approvals/view.ts';
import { changedLines, stepText } from '../core/remediation/step-text.ts';
import type { Instant } from '../core/time.ts';
import type { Html } from './layout.ts';
import { clockTime, endpointCode, severityBadge, until } from './layout.ts';

/** The pending approval: everything that a person deciding must see, and the form. */
export function openMain(view: LinkView, now: Instant): Html {
  const { approval, plan, finding } = view;
  const { body } = plan;
  return html`<article class="narrow">
    <p class="eyebrow">Approval ${approval.id} for ${view.approver}</p>
    <h1>${titleOf(view)}?</h1>
    <p class="lead">
      ${severityBadge(finding.severity)} ${finding.service ?? 'Something'} answers on ${endpointCode(finding)}.
      ${promise(view)}
    </p>
    ${changeCard(view)}
    <section class="card">
      <h2>What this touches</h2>
      <dl>
        <dt>Also affected</dt>
        <dd>
          ${body.affected.length === 0 ? 'Nothing else that Portcullis knows of.' : list(body.affected.map((a) => html`${a.what}: ${a.why}`))}
        </dd>
        <dt>Open sessions</dt>
        <dd>${body.sessions}</dd>
        <dt>Must stay open</dt>
        <dd>
          ${
            body.neighbours.length === 0
              ? 'No neighbouring port is open, so none is probed.'
              : html`${join(body.neighbours.map((n) => endpointCode(n)))}, probed after the change; if one is lost,
                ${view.mode === 'propose' ? 'you are told' : 'the change is undone'}.`
          }
        </dd>
        <dt>To undo</dt>
        <dd><pre>${body.inverseCommands.join('\n') || `portcullis rollback ${plan.id}`}</pre></dd>
      </dl>
    </section>
    ${findingCard(view)} ${deciderCard(view)} ${decisionForm(view, now)}
  </article>`;
}

/** After the decision, at once or later: who decided, when, and what follows. */
export function decidedMain(view: LinkView, kind: 'decided' | 'already'): Html {
  const { approval } = view;
  const denied = approval.state === 'denied';
  const verdict = denied ? 'Denied' : 'Approved';
  return html`<article class="narrow">
    <p class="eyebrow">Approval ${approval.id}</p>
    <h1>${kind === 'already' ? `Already ${verdict.toLowerCase()}` : verdict}</h1>
    <section class="card ${denied ? 'is-denied' : 'is-approved'}">
      <p class="lead">
        ${verdict} by
        <strong>${approval.decidedBy ?? 'somebody'}</strong
        >${approval.decidedAt === null ? '' : html` on ${clockTime(approval.decidedAt)} UTC`}.
        ${kind === 'already' ? 'The first decision stands; nothing was changed now.' : ''}
      </p>
      <p><strong>${titleOf(view)}.</strong> ${approval.outcome ?? nextSentence(view)}</p>
      ${!denied && view.mode === 'propose' ? html`<pre>${view.plan.body.commands.join('\n')}</pre>` : ''}
    </section>
  </article>`;
}

function promise({ mode }: LinkView): string {
  return mode === 'propose'
    ? 'Portcullis changes nothing itself here: after an approval a person runs the commands below, and Portcullis checks the result.'
    : 'Nothing changes until you press a button, and nothing but this port changes then.';
}

function nextSentence({ approval, mode, plan }: LinkView): Html | string {
  if (approval.state === 'denied') return 'Nothing will be changed. The finding stays open.';
  if (plan.state !== 'proposed') return html`The change is ${plan.state}${plan.note === null ? '' : `: ${plan.note}`}.`;
  if (mode === 'propose') {
    return `In mode propose a person makes the change: run these commands ${plan.body.commandsBy}. Portcullis then checks that the port is closed.`;
  }
  return html`Portcullis now reads the firewall again, closes the port if everything is still as shown, and probes that
    it is closed and its neighbours still open. To put it back: <code>portcullis rollback ${plan.id}</code>.`;
}

function changeCard({ plan }: LinkView): Html {
  const { body } = plan;
  const changed = changedLines(body);
  return html`<section class="card">
    <h2>The exact change</h2>
    <div class="diff">
      <div><span class="label">Before</span>${strong(changed.before)}</div>
      <span class="arrow" aria-hidden="true">→</span>
      <div><span class="label">After</span>${strong(changed.after)}</div>
    </div>
    <dl>
      <dt>Port</dt>
      <dd>${endpointCode(body)} ${body.protocol.toUpperCase()}</dd>
      <dt>Firewall</dt>
      <dd><code>${body.target}</code></dd>
      <dt>Steps</dt>
      <dd>${list(body.steps.map((step) => stepText(step)))}</dd>
      <dt>Commands</dt>
      <dd>${body.commands.length === 0 ? 'None to run by hand.' : html`<pre>${body.commands.join('\n')}</pre>`}</dd>
      <dt>Let in by</dt>
      <dd>
        ${
          body.admittedBy.length === 0
            ? 'No rule that Portcullis can see.'
            : list(
                body.admittedBy.map(
                  (rule) => html`<code>${rule.ruleId}</code> from <code>${rule.source}</code> (${rule.breadth})`,
                ),
              )
        }
      </dd>
    </dl>
  </section>`;
}

function findingCard({ finding }: LinkView): Html {
  return html`<section class="card">
    <h2>The finding</h2>
    <dl>
      <dt>Class</dt>
      <dd>${finding.class}, ${finding.verdict}</dd>
      <dt>Service</dt>
      <dd>${finding.service ?? 'unknown'}</dd>
      <dt>Owner</dt>
      <dd>${finding.owner ?? 'nobody registered'}</dd>
      <dt>Opened</dt>
      <dd>${clockTime(finding.openedAt)} UTC${finding.baseline ? ' or earlier: it was open at the first look' : ''}</dd>
      <dt>Last seen</dt>
      <dd>${clockTime(finding.observedAt)} UTC</dd>
    </dl>
  </section>`;
}

/** Who opened it, who may decide, and how it is known who does. */
function deciderCard({ finding, opener, mayDecide, approver, signIn }: LinkView): Html {
  const unknown =
    finding.admittedBy.length === 0
      ? 'Not known: no rule that Portcullis can see lets it in.'
      : `Not known (${opener.text.replace('unknown: ', '')}), so Portcullis cannot tell whether it was you.`;
  const known = { 'not-needed': 'by this link', needed: 'after signing in', done: 'signed in' }[signIn.kind];
  return html`<section class="card">
    <h2>Who opened it, who decides</h2>
    <dl>
      <dt>Opened by</dt>
      <dd>${opener.by === null ? unknown : `${opener.text}.`}</dd>
      <dt>May decide</dt>
      <dd>
        ${mayDecide.length === 0 ? 'Whoever holds this link' : mayDecide.join(', ')}${
          opener.by === null || opener.by.byUs ? '.' : '. Who opened it may deny, not approve.'
        }
      </dd>
      <dt>You decide as</dt>
      <dd><strong>${approver}</strong>, ${known}${signIn.kind === 'done' ? ` as ${signIn.as}` : ''}.</dd>
    </dl>
  </section>`;
}

/** Without the form: it would be refused. The query begins the sign-in (web/approvals.ts). */
function signInCard({ approver, finding }: LinkView, other: string | null): Html {
  return html`<section class="card decide">
    <h2>Sign in to decide</h2>
    <p>
      What is ${finding.severity} is decided by ${approver}, signed in.
      ${other === null ? '' : html`<strong>You are signed in as ${other}, which is somebody else.</strong>`}
    </p>
    <div class="buttons"><a class="button approve" href="?sign-in=1">Sign in to decide</a></div>
  </section>`;
}

function decisionForm(view: LinkView, now: Instant): Html {
  const { approval, plan, whyNotApprove, signIn } = view;
  if (signIn.kind === 'needed') return signInCard(view, signIn.other);
  return html`<form method="post" class="card decide">
    <h2>Your decision</h2>
    <p>
      Open until ${clockTime(approval.expiresAt)} UTC (${until(approval.expiresAt, now)}). It is recorded with your
      address and browser, and can be made once.
    </p>
    ${whyNotApprove === null ? '' : html`<p class="banner" role="status">Approving is not possible: ${whyNotApprove}</p>`}
    <label for="reason">Reason <span class="muted">(optional, kept in the audit log)</span></label>
    <input id="reason" name="reason" type="text" maxlength="500" autocomplete="off" />
    <div class="buttons">
      <button class="approve" name="decision" value="approve" ${whyNotApprove === null ? '' : 'disabled'}>
        Approve: close this port
      </button>
      <button class="deny" name="decision" value="deny">Deny: leave it open</button>
    </div>
    <p class="muted small">Plan ${plan.id}, hash <code>${plan.hash.slice(0, 16)}</code></p>
  </form>`;
}

function titleOf({ plan: { body } }: LinkView): Html {
  return html`Close ${body.protocol.toUpperCase()} port ${body.port} of ${body.address}`;
}

function strong(lines: readonly string[]): Html[] {
  return lines.map((line) => html`<div><strong>${line}</strong></div>`);
}

function list(items: readonly (Html | string)[]): Html {
  return html`<ul>
    ${items.map((item) => html`<li>${item}</li>`)}
  </ul>`;
}

function join(items: readonly Html[]): Html {
  return html`${items.map((item, i) => html`${i === 0 ? '' : ', '}${item}`)}`;
}
