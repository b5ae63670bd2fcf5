/** What is wrong with a payload, in sentences that say where. */
export class Findings {
  readonly all: string[] = [];

  add(where: string, sentence: string): void {
    this.all.push(`${where} ${sentence}`);
  }

  /** An object with no other fields than these. Anything else is found, and undefined comes back. */
  object(value: unknown, where: string, known: ReadonlySet<string>): Record<string, unknown> | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.add(where, 'must be an object');
      return undefined;
    }
    for (const name of Object.keys(value)) {
      if (!known.has(name)) this.add(`${where}.${name}`, 'is no field of OTLP');
    }
    return value as Record<string, unknown>;
  }

  /** A list; one that is left out is empty, unless it is required. */
  list(value: unknown, where: string, required = false): readonly unknown[] {
    if (value === undefined && !required) return [];
    if (Array.isArray(value)) return value;
    this.add(where, 'must be an array');
    return [];
  }

  text(value: unknown, where: string, required = false): void {
    if (value === undefined && !required) return;
    if (typeof value !== 'string') this.add(where, 'must be a string');
  }

  /** Nanoseconds since the epoch, as a decimal string; undefined where it is none. */
  nanos(value: unknown, where: string): bigint | undefined {
    if (typeof value === 'string' && /^(0|[1-9]\d{0,19})$/.test(value)) return BigInt(value);
    this.add(where, 'must be a string of decimal digits');
    return undefined;
  }

  count(value: unknown, where: string): void {
    if (value === undefined) return;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
      this.add(where, 'must be a whole number');
  }

  /** An id of so many lower-case hex digits that are not all zero. */
  id(value: unknown, where: string, digits: number): void {
    const fits =
      typeof value === 'string' &&
      value.length === digits &&
      /^[0-9a-f]+$/.test(value) &&
      !/^0+$/.test(value);
    if (!fits) this.add(where, `must be ${digits} lower-case hex digits, not all zero`);
  }
}
