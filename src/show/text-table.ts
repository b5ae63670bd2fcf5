import { fitted, widthOf } from './text-width.ts';

/** One column of a table for a terminal. */
export interface TextColumn<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Gets what room is left, and is cut where there is too little; the others never are. */
  readonly grows?: true;
  readonly text: (row: Row) => string;
}

/** Between two columns, the wider where there is room. */
const GAPS = [2, 1] as const;
const NARROWEST = 6;

/** Lines of a table: titles, then a line a row, none of them wider than `columns` as long as that is possible. */
export function textTable<Row>(
  rows: readonly Row[],
  columns: readonly TextColumn<Row>[],
  width: number,
): { readonly title: string; readonly lines: readonly string[] } {
  const cells = rows.map((row) => columns.map(({ text }) => text(row)));
  const wanted = columns.map(({ title }, place) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[place] ?? '')), widthOf(title)),
  );
  const { widths, gap } = layout(columns, wanted, width);
  const line = (texts: readonly string[]) =>
    texts
      .map((text, place) => fitted(text, widths[place] ?? 0, columns[place]?.align))
      .join(' '.repeat(gap))
      .trimEnd();
  return { title: line(columns.map(({ title }) => title)), lines: cells.map(line) };
}

function layout<Row>(
  columns: readonly TextColumn<Row>[],
  wanted: readonly number[],
  width: number,
): { readonly widths: number[]; readonly gap: number } {
  const sum = (grows: boolean) =>
    columns.reduce(
      (all, column, place) => ((column.grows ?? false) === grows ? all + (wanted[place] ?? 0) : all),
      0,
    );
  const room = (gap: number) => width - sum(false) - gap * (columns.length - 1);
  const gap = GAPS.find((one) => room(one) >= sum(true)) ?? 1;
  const growing = columns.filter(({ grows }) => grows).length;
  const each = growing === 0 ? 0 : Math.max(NARROWEST, Math.floor(room(gap) / growing));
  const widths = columns.map(({ grows }, place) =>
    grows ? Math.min(wanted[place] ?? 0, each) : (wanted[place] ?? 0),
  );
  return { widths, gap };
}
