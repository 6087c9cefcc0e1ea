/** The one stylesheet. It is put into each page and named by its hash in the Content-Security-Policy. */
export const CSS = `
:root {
  color-scheme: light dark;
  --bg: #f4f6f8; --card: #ffffff; --ink: #17212b; --muted: #566473; --line: #dbe2e9; --soft: #eef2f5;
  --accent: #14577a; --focus: #1976a8;
  --critical: #a01240; --high: #a8420a; --medium: #7d5a00; --low: #1b6580; --info: #566473;
  --good: #1c6b45; --warn-bg: #fff5df; --warn-line: #d9a938;
  --mono: ui-monospace, SFMono-Regular, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #0e1419; --card: #161e26; --ink: #e3e9ef; --muted: #97a5b3; --line: #28343f; --soft: #1d2731;
    --accent: #7cc0e4; --focus: #7cc0e4;
    --critical: #ff8aa9; --high: #ffa26b; --medium: #e6c25a; --low: #7cc8de; --info: #97a5b3;
    --good: #77cfa0; --warn-bg: #2d2613; --warn-line: #8d6f22;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .4rem .8rem; z-index: 1; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.muted { color: var(--muted); } .small { font-size: .85rem; } .bad { color: var(--critical); font-weight: 600; }
code, pre { font-family: var(--mono); font-size: .88em; unicode-bidi: isolate; }
pre { margin: 0; padding: .6rem .8rem; background: var(--soft); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
td, dd { unicode-bidi: isolate; }

.top { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 2rem; padding: .7rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line); }
.brand { display: flex; align-items: center; gap: .6rem; font-weight: 650; font-size: 1.1rem; letter-spacing: .01em; }
.mark { color: var(--accent); }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1.6rem; margin: 0 0 0 auto; padding: 0; list-style: none; color: var(--muted); font-size: .87rem; }
.facts strong { color: var(--ink); font-weight: 600; } .facts .bad strong { color: var(--critical); }
main { max-width: 1366px; margin: 0 auto; padding: 1.25rem 1.5rem 4rem; }

.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; margin: 0 0 1.1rem; padding: 1rem 1.15rem; } .card > :last-child { margin-bottom: 0; }
h1 { font-size: 1.55rem; line-height: 1.25; margin: .2rem 0 .8rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 0; font-weight: 650; }
.banner { background: var(--warn-bg); border: 1px solid var(--warn-line); border-radius: 8px; margin: 0 0 1.1rem; padding: .7rem 1rem; }

.tiles { display: grid; grid-template-columns: repeat(5, 1fr); gap: .8rem; margin: 0 0 1.1rem; padding: 0; list-style: none; }
.tiles li { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 8px; }
.tiles a { display: block; padding: .7rem .9rem .75rem; color: inherit; text-decoration: none; }
.tiles a:hover .what { text-decoration: underline; }
.tiles .count { display: block; font-size: 1.9rem; line-height: 1.15; font-weight: 600; font-variant-numeric: tabular-nums; }
.tiles .what { display: block; font-weight: 600; font-size: .9rem; } .tiles .detail { display: block; color: var(--muted); font-size: .82rem; }
.tiles .alarm { border-left-color: var(--critical); } .tiles .alarm .count { color: var(--critical); }
.tiles .attention { border-left-color: var(--warn-line); }

section.card:has(table) { padding: .2rem 0 .3rem; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; padding: .75rem 1.15rem .5rem; } .note { margin: 0; color: var(--muted); font-size: .85rem; }
th { text-align: left; font-weight: 600; font-size: .78rem; color: var(--muted); padding: .3rem .6rem .4rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: .45rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tr > :first-child { padding-left: 1.15rem; } tr > :last-child { padding-right: 1.15rem; }
tbody tr:last-child td { border-bottom: 0; } tbody tr:hover td { background: var(--soft); }
td time, td .badge, .status, .kind, .keep, .endpoint { white-space: nowrap; }
.who { display: inline-block; min-width: 7.5em; }
td time { font-variant-numeric: tabular-nums; }
.id { color: var(--muted); font-size: .8rem; } .command { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: .1rem .4rem; user-select: all; }
.empty { margin: .4rem 0 0; color: var(--muted); }
summary { cursor: pointer; white-space: nowrap; } summary:focus-visible { outline-offset: 0; }
.said { min-width: 20rem; margin: 0; padding-left: 1.1rem; font-size: .85rem; }

.badge { display: inline-block; min-width: 4.6em; text-align: center; padding: .02rem .5rem; border-radius: 4px; font-size: .8rem; font-weight: 650; border: 1px solid currentColor; }
.sev-critical { color: var(--critical); background: color-mix(in srgb, var(--critical) 14%, var(--card)); }
.sev-high { color: var(--high); background: color-mix(in srgb, var(--high) 10%, var(--card)); }
.sev-medium { color: var(--medium); } .sev-low { color: var(--low); } .sev-info { color: var(--info); }
.status::before { content: "\\25CF"; margin-right: .4em; font-size: .75em; vertical-align: .1em; }
.st-open::before { color: var(--critical); } .st-closing::before { content: "\\25D0"; color: var(--medium); }
.st-whitelisted::before { content: "\\25CB"; color: var(--low); } .st-closed::before { content: "\\25CB"; color: var(--good); }
.k-opened { color: var(--critical); font-weight: 600; } .k-closed { color: var(--good); font-weight: 600; }

.narrow { max-width: 46rem; margin: 0 auto; } .message { max-width: 36rem; margin: 3rem auto; }
.eyebrow { color: var(--muted); font-size: .87rem; margin: 0; overflow-wrap: anywhere; } .lead { margin: 0 0 1rem; font-size: 1.02rem; }
.narrow .card h2 { margin-bottom: .6rem; }
dl { display: grid; grid-template-columns: 9rem 1fr; gap: .45rem 1rem; margin: 0; } dt { color: var(--muted); } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
dd ul { margin: 0; padding-left: 1.1rem; }
.diff { display: flex; align-items: center; gap: 1rem; margin: 0 0 .9rem; padding: .7rem .9rem; background: var(--soft); border-radius: 6px; }
.diff .label { display: block; color: var(--muted); font-size: .8rem; } .arrow { font-size: 1.3rem; color: var(--muted); }
.is-approved { border-left: 4px solid var(--good); } .is-denied { border-left: 4px solid var(--muted); } .is-approved pre { margin-top: .6rem; }
.decide { border-color: var(--accent); } .decide p { margin: 0 0 .8rem; }
label { display: block; font-weight: 600; margin-bottom: .3rem; } label .muted { font-weight: 400; }
input { width: 100%; font: inherit; padding: .5rem .65rem; color: inherit; background: var(--bg); border: 1px solid var(--muted); border-radius: 6px; }
.buttons { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1rem 0 .9rem; }
button, .button { font: inherit; font-weight: 600; padding: .6rem 1.2rem; border-radius: 6px; border: 1px solid var(--accent); cursor: pointer; min-height: 44px; }
.button { display: inline-block; text-decoration: none; }
.approve { background: var(--accent); color: var(--card); } .deny { background: transparent; color: var(--ink); border-color: var(--muted); }
button:hover { filter: brightness(1.1); } button:disabled { opacity: .45; cursor: not-allowed; }

@media (max-width: 1000px) { .tiles { grid-template-columns: repeat(3, 1fr); } }
@media (max-width: 760px) {
  main { padding: .9rem .8rem 3rem; } .top { padding: .7rem .8rem; } .facts { margin: 0; flex-direction: column; }
  .tiles { grid-template-columns: 1fr 1fr; }
  table, caption, tbody, tr, td { display: block; } thead { display: none; }
  tr { padding: .5rem 0; border-bottom: 1px solid var(--line); } tbody tr:last-child { border-bottom: 0; }
  td, tr > :first-child, tr > :last-child { display: grid; grid-template-columns: 6.5rem 1fr; gap: .6rem; padding: .15rem 1rem; border: 0; }
  td::before { content: attr(data-label); color: var(--muted); font-size: .82rem; }
  td.none { display: none; } td .badge, .who, .said { min-width: 0; } .keep, .endpoint, summary { white-space: normal; }
  dl { grid-template-columns: 1fr; gap: .1rem; } dd { margin-bottom: .6rem; } .buttons { flex-direction: column; }
}
@media print { .facts a, .decide { display: none; } }
`;
