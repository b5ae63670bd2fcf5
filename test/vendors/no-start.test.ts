import { describe, expect, it } from 'vitest';
import { readTavus } from '../../src/vendors/tavus/payload.ts';
import { readiness } from '../../src/vendors/tavus/readiness.ts';
import { readVapi } from '../../src/vendors/vapi/payload.ts';
import { translateVapi } from '../../src/vendors/vapi/translate.ts';
import { Trace } from '../trace/read-spans.ts';
import { settings } from '../trace/settings.ts';
import * as eleven from './elevenlabs/elevenlabs-payload.ts';
import * as retell from './retell/retell-payload.ts';
import * as tavus from './tavus/tavus-payload.ts';
import * as vapi from './vapi/vapi-payload.ts';

const SECOND = 1_000_000_000n;
const START = BigInt(eleven.START) * SECOND;
const rows = [eleven.row('user', 'Hi.', 1), eleven.row('agent', 'Yes.', 3)];
/** Nothing, no number, milliseconds instead of seconds, before 1970, and beyond all int64. */
const NO_START = [null, undefined, 'now', eleven.START * 1000, -1, 0, 1e300];

describe('an ElevenLabs transcript without a start', () => {
  it.each(NO_START)('is placed by when the call was accepted (start %s)', (start) => {
    const made = eleven.trace(
      eleven.conversation({
        rows,
        metadata: { start_time_unix_secs: start, accepted_time_unix_secs: eleven.START },
      }),
    );
    expect(made.root.start).toBe(START);
    expect(made.root.attributes['callspan.timing']).toBe('estimated');
  });

  it.each(NO_START)('is placed at the beginning of time where nothing else is known (start %s)', (start) => {
    const made = eleven.trace(eleven.conversation({ rows, metadata: { start_time_unix_secs: start } }));
    expect(made.root.start).toBe(SECOND);
    expect(made.spans.map(({ start: at }) => at - made.root.start)).toEqual([0n, SECOND, 3n * SECOND]);
    expect(made.root.attributes['callspan.timing']).toBe('estimated');
  });
});

describe('a Tavus conversation without a time of its own', () => {
  const timeless = (event: Record<string, unknown>) => ({ ...event, timestamp: null });
  const payload = (entries: readonly unknown[]) =>
    tavus.conversation(
      [timeless(tavus.joined()), timeless(tavus.shutdown()), timeless(tavus.transcript(entries))],
      {
        created_at: null,
      },
    );

  it('is ready once it has ended', () => {
    expect(readiness(readTavus(payload([tavus.user('Hi.')])), START, 0n)).toEqual({ kind: 'ready' });
  });

  it('begins with its first words that have one', () => {
    const made = tavus.trace(payload([tavus.user('Hi.', 5, 1), tavus.agent('Yes.', 7, 1)]));
    expect(made.root.start).toBe(START + 5n * SECOND);
    expect(made.root.end).toBe(START + 8n * SECOND);
  });

  it('stands at the beginning of time where they have none', () => {
    const made = tavus.trace(payload([tavus.user('Hi.'), tavus.agent('Yes.')]));
    expect(made.root.start).toBe(SECOND);
    expect(made.spans).toHaveLength(3);
  });
});

describe('a Retell call without a time of its own', () => {
  const rows = [retell.user('Hi.', 1, 2), retell.agent('Yes.', 3, 4)];
  const timeless = { start_timestamp: null, end_timestamp: 'soon', duration_ms: null };

  it('stands where it was first heard of, and lasts as long as its words', () => {
    const made = new Trace(retell.translate(retell.talk(rows, {}, timeless), {}, START));
    expect([made.root.start, made.root.end]).toEqual([START, START + 4n * SECOND]);
    expect(made.root.attributes['callspan.timing']).toBe('estimated');
  });

  it('stands at the beginning of time where nobody has heard of it', () => {
    const made = retell.trace(retell.talk(rows, {}, timeless));
    expect(made.root.start).toBe(SECOND);
    expect(made.spans).toHaveLength(4);
  });
});

describe('a Vapi call without a time of its own', () => {
  const timeless = { createdAt: null, updatedAt: null, startedAt: 'soon', endedAt: null };

  it('begins with that from which its rows count', () => {
    const made = vapi.trace(vapi.talk([vapi.user('Hi.', 5, 6), vapi.bot('Yes.', 7, 8)], timeless));
    expect(made.root.start).toBe(BigInt(vapi.ANSWERED) * 1_000_000n);
    expect(made.root.end).toBe(BigInt(vapi.ANSWERED) * 1_000_000n + 8n * SECOND);
  });

  it('stands where it was first heard of where no row has a time, else at the beginning of time', () => {
    const rows = [
      { role: 'user', message: 'Hi.' },
      { role: 'bot', message: 'Yes.' },
    ];
    const payload = readVapi(vapi.talk(rows, timeless));
    for (const [seenAt, start] of [
      [START, START],
      [undefined, SECOND],
    ]) {
      const made = new Trace(translateVapi(payload, vapi.ID, settings(), seenAt));
      expect(made.root.start).toBe(start);
      expect(made.spans).toHaveLength(3);
    }
  });
});
