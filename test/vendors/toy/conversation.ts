import type { Conversation, Turn } from '../../../src/conversation.ts';
import { secondsToNanos } from '../../../src/time/nanos.ts';
import { derivedTraceId } from '../../../src/trace/ids.ts';
import { exchangeNumbers } from '../../../src/vendors/exchange.ts';
import type { ToyPayload } from './payload.ts';

const NOTHING = { plain: {}, content: {} };

/** What a call was, in the words that all vendors share: everything behind this is the same for all of them. */
export function toyConversation(
  { bot, lines }: ToyPayload,
  id: string,
  start: number,
  end: number,
): Conversation {
  const agent = bot === undefined ? {} : { id: bot };
  const numbers = exchangeNumbers(lines.map(({ speaker }) => speaker));
  const turns = lines.map(({ speaker, from, to, words }, index): Turn => {
    const before = lines[index - 1];
    const isAnswer = speaker === 'agent' && before?.speaker === 'user' && from >= before.to;
    return {
      ...{ number: numbers[index] ?? 1, speaker, text: words, agent, vendor: NOTHING },
      ...{ start: secondsToNanos(from), end: secondsToNanos(to), timing: 'measured' as const },
      ...{ speaks: words !== '', tools: [], usage: [], generated: false },
      ...(isAnswer
        ? {
            wait: {
              start: secondsToNanos(before.to),
              end: secondsToNanos(from),
              length: secondsToNanos(from) - secondsToNanos(before.to),
              phases: [],
            },
          }
        : {}),
    };
  });
  return {
    ...{ provider: 'toy', server: 'api.toy.example', id, traceId: derivedTraceId('toy', id), agent, turns },
    ...{ start: secondsToNanos(start), end: secondsToNanos(end), timing: 'measured' as const },
    duration: secondsToNanos(end) - secondsToNanos(start),
    ...{ outcome: 'completed' as const, failed: false, textOnly: false, knowsToolErrors: false },
    ...{ events: [], evaluations: [], totals: {}, instructions: [], vendor: NOTHING },
  };
}
