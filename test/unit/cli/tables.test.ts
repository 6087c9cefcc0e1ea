import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { paint, printable, renderTable } from '../../../local/cli/tables.ts';

const plain = { width: 100, colour: false };

describe('renderTable', () => {
  it('aligns columns under their titles and leaves no blanks at the end of a line', () => {
    const text = renderTable(
      [{ title: 'WHERE' }, { title: 'OPEN', align: 'right' }, { title: 'OWNER' }],
      [
        ['192.0.2.3:22', '7', 'payments'],
        ['192.0.2.10:6379', '1024', ''],
      ],
      plain,
    );
    expect(text).toBe(
      ['WHERE            OPEN  OWNER', '192.0.2.3:22        7  payments', '192.0.2.10:6379  1024'].join('\n'),
    );
  });

  it('cuts the widest column that may be cut, with an ellipsis, until it fits', () => {
    const columns = [{ title: 'ID' }, { title: 'A', shrinkTo: 3 }, { title: 'B', shrinkTo: 3 }];
    expect(renderTable(columns, [['id-1', 'aaaaaaaaaa', 'bbbb']], { width: 16, colour: false })).toBe(
      ['ID    A     B', 'id-1  aaa…  bbbb'].join('\n'),
    );
  });

  it('leaves out a column for which no row has anything, when it may', () => {
    const columns = [{ title: 'ID' }, { title: 'PLACE', unlessEmpty: true }, { title: 'OWNER' }] as const;
    expect(renderTable(columns, [['id-1', '', '']], plain)).toBe(['ID    OWNER', 'id-1'].join('\n'));
    expect(
      renderTable(
        columns,
        [
          ['id-1', '', 'a'],
          ['id-2', 'here', ''],
        ],
        plain,
      ),
    ).toBe(['ID    PLACE  OWNER', 'id-1         a', 'id-2  here'].join('\n'));
  });

  it('stands over rather than cutting what may not be cut', () => {
    const text = renderTable([{ title: 'ID' }], [['f-0123456789abcdef']], { width: 5, colour: false });
    expect(text).toContain('f-0123456789abcdef');
  });

  it('colours the text and not its padding, so that columns stay aligned', () => {
    const cell = { text: 'high', colour: 'red' } as const;
    const rows = [
      [cell, 'x'],
      ['informational', 'y'],
    ];
    const columns = [{ title: 'S' }, { title: 'T' }];
    const coloured = renderTable(columns, rows, { width: 100, colour: true });
    expect(coloured).toContain('\u001B[31mhigh\u001B[0m           x');
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replaceAll(/\u001B\[\d+m/g, '').replaceAll(/ +$/gm, '')).toBe(renderTable(columns, rows, plain));
  });

  it('never lets what was learned from outside steer the terminal', () => {
    const text = renderTable([{ title: 'OWNER' }], [['\u001B[2Jevil\r\nx\u202Ey']], plain);
    expect(text).toBe('OWNER\n?[2Jevil??x?y');
  });

  it('fits the width whenever every column may be cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 3, maxLength: 3 }), {
          maxLength: 5,
        }),
        fc.integer({ min: 20, max: 120 }),
        (rows, width) => {
          const columns = ['A', 'B', 'C'].map((title) => ({ title, shrinkTo: 1 }));
          const lines = renderTable(columns, rows, { width, colour: false }).split('\n');
          expect(lines).toHaveLength(rows.length + 1);
          for (const line of lines) expect(Array.from(line).length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

it('paint leaves text without a colour alone, and printable keeps letters of every script', () => {
  expect(paint('x', null)).toBe('x');
  expect(printable('Zahlungen 支付 é')).toBe('Zahlungen 支付 é');
});
