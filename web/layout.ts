import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import { endpoint } from '../core/net/address.ts';
import type { Protocol } from '../core/net/protocol.ts';
import type { Severity } from '../core/findings/finding.ts';
import { humanDuration, msBetween } from '../core/time.ts';
import type { Instant } from '../core/time.ts';
import { CSS } from './style.ts';

/** Escaped markup. Every value put into a template is escaped unless it is itself one of these. */
export type Html = ReturnType<typeof html>;

/** Exactly the bytes that are hashed: a formatter that re-indents markup would break the hash. */
const STYLE = raw(`<style>${CSS}</style>`);
const STYLE_HASH = createHash('sha256').update(CSS).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

const MARK = html`<svg class="mark" viewBox="0 0 24 24" width="26" height="26" aria-hidden="true" focusable="false">
  <path d="M3 21V10a9 9 0 0 1 18 0v11" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
  <path
    d="M8 5v14l-1 2M12 4v15l0 2M16 5v14l1 2M5 10h14M5 15h14"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linecap="round"
  />
</svg>`;

type PageStatus = 200 | 400 | 403 | 404 | 409 | 415 | 500 | 502 | 503;

/** A whole page, without script. */
export function page(
  c: Context,
  status: PageStatus,
  { title, head, aside, main }: { title: string; head?: Html; aside?: Html; main: Html },
): Response | Promise<Response> {
  c.header('Content-Security-Policy', POLICY);
  return c.html(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex, nofollow" />
          <meta name="referrer" content="no-referrer" />
          <meta name="color-scheme" content="light dark" />
          ${head}
          <title>${title}</title>
          ${STYLE}
        </head>
        <body>
          <a class="skip" href="#main">Skip to content</a>
          <header class="top">
            <div class="brand">${MARK}<span>Portcullis</span></div>
            ${aside}
          </header>
          <main id="main">${main}</main>
        </body>
      </html>`,
    status,
  );
}

/** A page that says one thing. */
export function messagePage(
  c: Context,
  status: PageStatus,
  title: string,
  sentence: string,
): Response | Promise<Response> {
  return page(c, status, {
    title: `${title} - Portcullis`,
    main: html`<section class="card message">
      <h1>${title}</h1>
      <p>${sentence}</p>
    </section>`,
  });
}

export function severityBadge(severity: Severity): Html {
  return html`<span class="badge sev-${severity}">${severity}</span>`;
}

export function endpointCode({
  address,
  port,
  protocol,
}: {
  address: string;
  port: number;
  protocol?: Protocol | undefined;
}): Html {
  return html`<code class="endpoint">${endpoint(address, port, protocol)}</code>`;
}

/** `2026-03-01 09:00:00`, UTC. */
export function clockTime(at: Instant): Html {
  return html`<time datetime="${at}" title="${at}">${at.slice(0, 10)} ${at.slice(11, 19)}</time>`;
}

/** `3m20s ago`, the full time on hover. */
export function ago(at: Instant, now: Instant): Html {
  const ms = msBetween(at, now);
  return html`<time datetime="${at}" title="${at}">${ms < 1_000 ? 'just now' : `${humanDuration(ms)} ago`}</time>`;
}

/** `in 3h5m`, or `past`. */
export function until(at: Instant, now: Instant): Html {
  const ms = msBetween(now, at);
  return html`<time datetime="${at}" title="${at}">${ms <= 0 ? 'past' : `in ${humanDuration(ms)}`}</time>`;
}
