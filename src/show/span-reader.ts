import type { OtlpSpan, OtlpValue } from '../trace/otlp.ts';
import { printable } from './printable.ts';

/** The attributes of one span, as a person is shown them. */
export interface SpanReader {
  /** Printable, whatever the payload holds. */
  text(key: string): string | undefined;
  number(key: string): number | undefined;
  flag(key: string): boolean;
}

export function readerOf(span: OtlpSpan): SpanReader {
  const values = new Map<string, OtlpValue>(span.attributes.map(({ key, value }) => [key, value]));
  return {
    text: (key) => {
      const text = values.get(key)?.stringValue;
      return text === undefined ? undefined : printable(text);
    },
    number: (key) => {
      const value = values.get(key)?.intValue ?? values.get(key)?.doubleValue;
      return value === undefined ? undefined : Number(value);
    },
    flag: (key) => values.get(key)?.boolValue === true,
  };
}
