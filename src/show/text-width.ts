import stringWidth from 'string-width';

/** So many columns of a terminal: letters of some scripts, and emoji, take two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** A text in exactly so many columns: cut with an ellipsis, or filled with spaces. */
export function fitted(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = cutTo(text, width);
  const space = ' '.repeat(Math.max(0, width - stringWidth(cut)));
  return align === 'left' ? cut + space : space + cut;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Whole characters only, in at most so many columns: half of one would be no character at all. */
export function cutTo(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment);
    if (used > width - 1) break;
    cut += segment;
  }
  return width > 0 ? `${cut}…` : '';
}
