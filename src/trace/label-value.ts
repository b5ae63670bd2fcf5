/** In UTF-16 units. Names that people give are shorter by far. */
const LONGEST = 200;

/**
 * A name or an id from outside as it stands in a metric's label, and as an attribute of every span: one of more than
 * 200 characters is cut to 199 and `…`. A name of 100 kB would otherwise be written into the ledger with every
 * series, and into a trace with every span.
 */
export function labelValue(name: string): string {
  if (name.length <= LONGEST) return name;
  // Half a character at the cut would be none.
  return `${name.slice(0, LONGEST - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
