import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Trace } from '../trace/read-spans.ts';
import { translatePayload } from '../trace/sandbox-calls.ts';

/** Calls of Retell and Vapi in shapes that people recorded, with words, ids and most numbers of our own. */
type Provider = 'retell' | 'vapi';

function translated(provider: Provider, name: string) {
  const file = new URL(`../fixtures/${provider}/${name}.json`, import.meta.url);
  const made = translatePayload(provider, JSON.parse(readFileSync(file, 'utf8')), name);
  if (!made) throw new Error(`${name} was not translated`);
  return made;
}

const recorded = (provider: Provider, name: string) => new Trace(translated(provider, name));
const told = (made: Trace, ...keys: string[]) => keys.map((key) => made.root.attributes[`callspan.${key}`]);
/** Each wait: how long, from when to when, and what it was spent on; in seconds. */
const waits = (made: Trace) =>
  made
    .all('response_latency')
    .map((bar) => [
      bar.attributes['turn.user_bot_latency_seconds'],
      ...made.at(bar).map((second) => Math.round(second * 1e6) / 1e6),
      Object.fromEntries(
        made
          .childrenOf(bar)
          .map(({ attributes }) => [attributes['callspan.phase'], attributes['callspan.phase.seconds']]),
      ),
    ]);

describe('a recorded Retell payload', () => {
  it('ordinary: each wait is as long as it was measured, and ends with the agent’s first word', () => {
    const made = recorded('retell', 'ordinary');
    expect(waits(made)).toEqual([
      [1.3085, 4.1915, 5.5, { asr: 0.095, llm_ttfb: 0.64, tts_ttfb: 0.19 }],
      [0.91225, 9.38775, 10.3, { asr: 0.0885, llm_ttfb: 0.41, tts_ttfb: 0.13 }],
    ]);
    expect(told(made, 'cost.usd', 'end_reason', 'outcome', 'waits.unmeasured')).toEqual([
      0.0815,
      'user_hangup',
      'completed',
      0,
    ]);
  });

  it('never-connected: nobody was there, and it cost nothing', () => {
    const made = recorded('retell', 'never-connected');
    expect(told(made, 'outcome', 'end_reason', 'cost.usd', 'waits', 'unanswered')).toEqual([
      'no_user',
      'dial_no_answer',
      0,
      0,
      0,
    ]);
    expect(made.spans).toHaveLength(1);
  });
});

describe('a recorded Vapi payload', () => {
  it('ordinary: milliseconds with fractions, and parts that are nothing or do not sum to the whole', () => {
    const made = recorded('vapi', 'ordinary');
    expect(waits(made)).toEqual([
      [3.077, 18.41, 21.487, { turn_detection: 0.454, llm_ttfb: 1.221, tts_ttfb: 0.31 }],
      [2.63, 40.852, 43.482, { turn_detection: 0.454, asr: 0.062, llm_ttfb: 0.98, tts_ttfb: 0.295 }],
    ]);
    expect(told(made, 'cost.usd', 'end_reason', 'outcome', 'interruptions')).toEqual([
      0.1021,
      'customer-ended-call',
      'completed',
      0,
    ]);
    const unexplained = made
      .all('response_latency')
      .map(({ attributes }) => attributes['callspan.wait.unexplained_seconds']);
    expect(unexplained).toEqual([1.092, 0.839]);
    // The second user's row: 28.498 s after the call began by its moment, though the recording says 28.42 s.
    expect(made.all('user_transcript').map((row) => Math.round(made.at(row)[0] * 1e6) / 1e6)).toEqual([
      8.127, 28.498429, 46.4,
    ]);
  });
});

const named = (provider: Provider) =>
  readdirSync(new URL(`../fixtures/${provider}/`, import.meta.url))
    .filter((file) => file.endsWith('.json') && file !== 'malformed.json')
    .map((file) => [provider, file.slice(0, -'.json'.length)] as const);

it.each([...named('retell'), ...named('vapi')])(
  '%s, %s: brings nothing that callspan has not heard of',
  (provider, name) => {
    expect(translated(provider, name).drift).toEqual([]);
  },
);
