/**
 * JSON whose text does not depend on the order in which a sender wrote its keys: object keys sorted by code
 * unit, no white space. What vendors send twice must become the same bytes twice.
 * @throws RangeError for what nests deeper than the stack.
 */
export function canonicalJson(value: unknown): string {
  const parts: string[] = [];
  write(value, parts);
  return parts.join('');
}

/** In one list: joined level by level, what is nested would be copied once for every level. */
function write(value: unknown, parts: string[]): void {
  if (Array.isArray(value)) {
    parts.push('[');
    for (let index = 0; index < value.length; index++) {
      if (index > 0) parts.push(',');
      write(value[index], parts);
    }
    parts.push(']');
    return;
  }
  if (typeof value !== 'object' || value === null) {
    parts.push(JSON.stringify(value) ?? 'null');
    return;
  }
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([one], [other]) => compareText(one, other));
  parts.push('{');
  for (const [index, [key, member]] of entries.entries()) {
    parts.push(index > 0 ? ',' : '', JSON.stringify(key), ':');
    write(member, parts);
  }
  parts.push('}');
}

/** By code units: `localeCompare` would order by the machine's locale. */
export function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Sorts by the canonical text of each member, which is made once: one that is large may be compared with all others. */
export function sortCanonically(values: unknown[]): void {
  const texts = values.map((value) => ({ value, text: canonicalJson(value) }));
  texts.sort((one, other) => compareText(one.text, other.text));
  for (const [index, { value }] of texts.entries()) values[index] = value;
}
