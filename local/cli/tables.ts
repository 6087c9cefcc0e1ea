/** SGR codes, ECMA-48 section 8.3.117. */
const COLOURS = { red: 31, green: 32, yellow: 33, dim: 2 } as const;
export type Colour = keyof typeof COLOURS;

export type Cell = string | { readonly text: string; readonly colour: Colour | null };

export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** May be cut, with an ellipsis, down to this many characters when the table is too wide. */
  readonly shrinkTo?: number;
  /** Left out when it is empty in every row. */
  readonly unlessEmpty?: true;
}

export interface TableStyle {
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
}

const GAP = '  ';

/**
 * Aligned columns under their titles, without lines around them. The widest column that may be cut is cut first, until the table fits;
 * what may not be cut may stand over.
 */
export function renderTable(all: readonly Column[], allRows: readonly (readonly Cell[])[], style: TableStyle): string {
  const kept = all.map(({ unlessEmpty }, at) => !unlessEmpty || allRows.some((row) => textOf(row[at] ?? '') !== ''));
  const columns = all.filter((_, at) => kept[at]);
  const rows = allRows.map((row) => row.filter((_, at) => kept[at]));
  const texts = rows.map((row) => row.map((cell) => printable(textOf(cell))));
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...texts.map((row) => lengthOf(row[at] ?? ''))));
  shrink(columns, widths, style.width);
  const line = (cells: readonly string[], colours: readonly (Colour | null)[]) =>
    columns
      .map((column, at) => {
        const width = widths[at] ?? 0;
        const cut = ellipsis(cells[at] ?? '', width);
        const padding = ' '.repeat(width - lengthOf(cut));
        const painted = style.colour ? paint(cut, colours[at] ?? null) : cut;
        return column.align === 'right' ? padding + painted : painted + padding;
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      columns.map(() => 'dim'),
    ),
    ...texts.map((row, at) =>
      line(
        row,
        (rows[at] ?? []).map((cell) => (typeof cell === 'string' ? null : cell.colour)),
      ),
    ),
  ].join('\n');
}

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);

export function paint(text: string, colour: Colour | null): string {
  return colour === null ? text : `\u001B[${COLOURS[colour]}m${text}\u001B[0m`;
}

/** Names learned from outside must not steer the terminal: control and direction characters become `?`. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}

function shrink(columns: readonly Column[], widths: number[], limit: number): void {
  let over = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1) - limit;
  while (over > 0) {
    let widest = -1;
    columns.forEach((column, at) => {
      const spare = column.shrinkTo !== undefined && (widths[at] ?? 0) > Math.max(column.shrinkTo, column.title.length);
      if (spare && (widest < 0 || (widths[at] ?? 0) > (widths[widest] ?? 0))) widest = at;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over -= 1;
  }
}

/** Characters, not UTF-16 units. */
const lengthOf = (text: string): number => Array.from(text).length;

function ellipsis(text: string, width: number): string {
  return lengthOf(text) <= width
    ? text
    : `${Array.from(text)
        .slice(0, Math.max(0, width - 1))
        .join('')}…`;
}
