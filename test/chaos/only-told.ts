import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ElevenLabsCall, type Truth, truth } from '../../sandbox/index.ts';
import { neverConnected, onlyCopy, type Webhook } from './webhooks.ts';

/** A conversation that no fetch shows, and the webhook that is all there is of it. */
export interface OnlyTold {
  readonly truth: Truth;
  readonly webhook: Webhook;
}

/** A call of an agent that keeps nothing. The webhook tells of it what the vendor has forgotten since. */
export function unkept(call: ElevenLabsCall): OnlyTold {
  const told = { ...call, fate: 'exported', traits: { ...call.traits, zeroRetention: false } } as const;
  return { truth: truth(told), webhook: onlyCopy(call) };
}

/** A call that never came to be. @param call one without a word that anybody could know, in whose place it is. */
export function unconnected(call: ElevenLabsCall): OnlyTold {
  const nothing = truth(call);
  const id = `${call.id}_unconnected`;
  return {
    truth: { ...nothing, id, scenario: 'never connected', fate: 'exported', outcome: 'failed' },
    webhook: neverConnected(id, nothing.agent.id, call.seed),
  };
}

/** The shortest text that is surely nobody else's. */
const TELLING = 16;

/** What was said, as the files of a ledger would hold it. */
export function wordsIn({ body }: Webhook): string[] {
  const { data } = JSON.parse(body.toString()) as { data: { transcript?: { message?: string | null }[] } };
  return (data.transcript ?? []).flatMap(({ message }) =>
    typeof message === 'string' && message.length >= TELLING && JSON.stringify(message) === `"${message}"`
      ? [message]
      : [],
  );
}

/** Which of the words the files of a ledger hold: the database, its write-ahead log, whatever lies beside them. */
export function wordsOnDisk(ledger: string, words: ReadonlySet<string>): string[] {
  const folder = dirname(ledger);
  return readdirSync(folder).flatMap((name) => {
    const content = readFileSync(join(folder, name));
    return [...words].filter((text) => content.includes(text)).map((text) => `${name} holds "${text}"`);
  });
}
