import type { Hono } from 'hono';
import { html } from 'hono/html';
import { ago, clockTime, page } from './layout.ts';
import type { Hints } from './hints.ts';
import type { Html } from './layout.ts';
import { metricsText } from './metrics.ts';
import { readOverview, statusOf } from './overview.ts';
import {
  approvalsSection,
  changesSection,
  decisionsSection,
  findingsSection,
  runsSection,
  tasksSection,
  unreadBanner,
} from './page-sections.ts';
import { PAGE } from './routes/page.ts';
import { serveRoutes } from './serve-routes.ts';
import type { ApiServices } from './services.ts';
import type { StatusJson } from './shapes.ts';

const SHOWN = 30;

export interface PageOptions {
  hints: Hints;
  /** The page loads itself anew after this long, seconds. */
  refreshSeconds: number;
}

export function pageRoutes(services: ApiServices, { hints, refreshSeconds }: PageOptions): Hono {
  return serveRoutes(PAGE, {
    alive: (c) => c.json({ ok: true as const }, 200),
    metrics: async (c) =>
      c.text(metricsText(await readOverview(services), services.latencies?.()), 200, {
        'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
      }),
    async page(c) {
      const [overview, changes, audit, catalogue] = await Promise.all([
        readOverview(services),
        services.read.changes.list({ limit: SHOWN }),
        services.read.audit.list({ limit: SHOWN }),
        services.catalogue(),
      ]);
      const status = statusOf(overview);
      const paused = c.req.valid('query').refresh === 'off';
      return page(c, 200, {
        title: `${status.counts.openFindings} open - Portcullis`,
        head: paused ? html`` : html`<meta http-equiv="refresh" content="${refreshSeconds}" />`,
        aside: statusLine(status, paused ? null : refreshSeconds),
        main: html`<h1 class="visually-hidden">Exposure</h1>
          ${killBanner(status)} ${lineBanner(status)} ${unreadBanner(status)} ${tiles(status)}
          ${approvalsSection(overview, hints)} ${findingsSection(overview, hints)}
          ${changesSection(changes, overview.now)} ${decisionsSection(audit, overview.now)} ${runsSection(overview)}
          ${tasksSection(catalogue)}`,
      });
    },
  });
}

/** `refreshSeconds`: null while it is paused. */
function statusLine(status: StatusJson, refreshSeconds: number | null): Html {
  const stopped = status.killSwitch.on;
  return html`<ul class="facts">
    <li>Mode <strong>${status.mode}</strong></li>
    <li class="${stopped ? 'bad' : ''}">Kill switch <strong>${stopped ? 'ON' : 'off'}</strong></li>
    <li>
      Data as of
      ${
        status.dataAsOf === null
          ? html`<strong>no scan yet</strong>`
          : html`<strong>${clockTime(status.dataAsOf)} UTC</strong> (${ago(status.dataAsOf, status.now)})`
      }
    </li>
    <li>
      ${
        refreshSeconds === null
          ? html`Paused · <a href="/">resume</a>`
          : html`Refreshes every ${refreshSeconds} s · <a href="/?refresh=off">pause</a>`
      }
    </li>
  </ul>`;
}

function killBanner({ killSwitch }: StatusJson): Html {
  if (!killSwitch.on) return html``;
  return html`<p class="banner" role="status">
    <strong>The kill switch is on.</strong> Nothing is scanned and no firewall is
    changed${killSwitch.reason === null ? '' : `: ${killSwitch.reason}`}.
  </p>`;
}

function lineBanner({ stoppedLines }: StatusJson): Html {
  if (stoppedLines.length === 0) return html``;
  return html`<p class="banner" role="status">${stoppedLines.map(({ why }) => html`${why}. `)}</p>`;
}

function tiles({ counts }: StatusJson): Html {
  const grave = (counts.bySeverity['critical'] ?? 0) + (counts.bySeverity['high'] ?? 0);
  return html`<ul class="tiles" aria-label="Counts">
    ${tile('#findings', counts.openFindings, 'open findings', `${grave} critical or high`, grave > 0 ? 'alarm' : '')}
    ${tile('#approvals', counts.pendingApprovals, 'waiting for a decision', counts.pendingApprovals === 0 ? 'nothing to decide' : 'see below', counts.pendingApprovals > 0 ? 'attention' : '')}
    ${tile('#findings', counts.whitelisted, 'allowed', 'by the whitelist')}
    ${tile('#changes', counts.openPorts, 'open ports', `on ${counts.assets} ${counts.assets === 1 ? 'address' : 'addresses'}`)}
    ${tile('#runs', counts.unfinishedRuns, 'scans running', 'see runs')}
  </ul>`;
}

function tile(href: string, count: number, what: string, detail: string, tone = ''): Html {
  return html`<li class="${tone}">
    <a href="${href}"
      ><span class="count">${count}</span> <span class="what">${what}</span> <span class="detail">${detail}</span></a
    >
  </li>`;
}
