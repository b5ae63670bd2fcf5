import { asObject, finite, objects, text } from '../../../src/json/reading.ts';

/** What the vendor answers for one call, read without trusting any of it. Times are unix seconds. */
export interface ToyPayload {
  readonly id: string | undefined;
  readonly bot: string | undefined;
  readonly start: number | undefined;
  /** Absent while the call goes on. */
  readonly end: number | undefined;
  readonly lines: readonly ToyLine[];
}

interface ToyLine {
  readonly speaker: 'user' | 'agent';
  readonly from: number;
  readonly to: number;
  readonly words: string;
}

export function readToy(body: unknown): ToyPayload {
  const { key, bot, began, ended, lines } = asObject(body);
  return {
    id: text(key),
    bot: text(bot),
    start: finite(began),
    end: finite(ended),
    lines: objects(lines).flatMap(({ who, from, to, words }) => {
      const [start, end] = [finite(from), finite(to)];
      if (start === undefined || end === undefined) return [];
      return [{ speaker: who === 'bot' ? 'agent' : 'user', from: start, to: end, words: text(words) ?? '' }];
    }),
  };
}
