import { html } from 'hono/html';
import type { Html } from './layout.ts';

type Cell = Html | string | number | null;

/** A titled table. On narrow screens every row becomes a card and each cell shows its column's name. `empty` says what to do. */
export function table(options: {
  id: string;
  caption: string;
  note?: Html | string;
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
  empty: Html | string;
}): Html {
  const { id, caption, note, columns, rows, empty } = options;
  if (rows.length === 0) {
    return html`<section class="card" id="${id}" aria-labelledby="${id}-title">
      <h2 id="${id}-title">${caption}</h2>
      <p class="empty">${empty}</p>
    </section>`;
  }
  return html`<section class="card" id="${id}">
    <table role="table">
      <caption>
        <h2>${caption}</h2>
        ${note === undefined ? '' : html`<p class="note">${note}</p>`}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${columns.map((column) => html`<th role="columnheader" scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(
          (cells) =>
            html`<tr role="row">
              ${cells.map(
                (cell, i) =>
                  html`<td role="cell" data-label="${columns[i]}" class="${cell === null ? 'none' : ''}">
                    <div>${cell ?? '–'}</div>
                  </td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}
