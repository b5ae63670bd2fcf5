import { describe, expect, it } from 'vitest';
import { vendor } from '../../../src/vendors/vapi/vendor.ts';
import { settings } from '../../trace/settings.ts';
import { ANSWERED, bot, moment, readAfter, talk, trace, translate, user } from './vapi-payload.ts';

const MILLI = 1_000_000n;
const START = BigInt(ANSWERED) * MILLI;
const END = START + 60_000n * MILLI;
const ROWS = [bot('Hello.', 1, 2), user('Hi.', 3, 4), bot('Yes?', 5, 6)];

/** No text, a number, another century, words, and nothing. */
const NO_MOMENT = [
  ANSWERED,
  1e300,
  '1e+300',
  '-5',
  '',
  'soon',
  '+010000-01-01T00:00:00.000Z',
  null,
  {},
  true,
];

const conversation = (more: Record<string, unknown>, rows: unknown[] = ROWS) =>
  translate(talk(rows, more)).conversation;

describe('a moment of a call that cannot be read', () => {
  it.each(NO_MOMENT)('(%j) as its begin is that from which its rows count', (startedAt) => {
    const made = conversation({ startedAt, createdAt: moment(-3 * 86_400) });
    expect(made).toMatchObject({ start: START, end: END, timing: 'derived' });
    expect(made).not.toHaveProperty('duration');
  });

  it.each(NO_MOMENT)('(%j) as its begin is its creation where no row has a time', (startedAt) => {
    expect(conversation({ startedAt }, [])).toMatchObject({ start: START - 3_000n * MILLI, end: END });
    const early = [bot('Hello.', -9, -8)];
    expect(conversation({ startedAt }, early)).toMatchObject({ start: START - 3_000n * MILLI });
  });

  it.each(NO_MOMENT)('(%j) as its end is the end of its last row', (endedAt) => {
    const made = conversation({ endedAt });
    expect(made).toMatchObject({ start: START, end: START + 6_000n * MILLI, timing: 'derived' });
  });

  it.each([
    ['before its begin', moment(-1)],
    ['a day behind it', moment(86_400)],
    ['years behind it', '2199-01-01T00:00:00Z'],
  ])('is an end %s', (_, endedAt) => {
    expect(conversation({ endedAt })).toMatchObject({ end: START + 6_000n * MILLI, timing: 'derived' });
  });

  it('is no silence’s end', () => {
    const rows = [bot('Hello.', 1, 2), user('Is anybody there?', 3, 4)];
    for (const endedAt of [moment(86_400), null]) {
      expect(conversation({ endedAt }, rows).turns.at(-1)).not.toHaveProperty('silence');
    }
  });

  it('leaves a call where it was heard of, if nothing else tells', () => {
    const never = { startedAt: null, endedAt: null, createdAt: null, updatedAt: null };
    const read = (seenAt?: number) =>
      vendor.read(talk([], never), {
        ...{ settings: settings(), settle: 0, now: ANSWERED },
        ...(seenAt === undefined ? {} : { seenAt }),
      });
    const ready = read(ANSWERED);
    expect(ready.kind === 'ready' && ready.translated.conversation.start).toBe(START);
    const nowhere = read();
    expect(nowhere.kind === 'ready' && nowhere.translated.conversation.start).toBe(1_000n * MILLI);
  });
});

describe('a call whose end nobody can read', () => {
  it.each([1e300, '1e+300', '-5', 'soon', {}])('(%j) has ended, whatever its status is', (endedAt) => {
    expect(readAfter(talk(ROWS, { endedAt, status: 'archived' }), 10).kind).toBe('ready');
    expect(readAfter(talk(ROWS, { endedAt, status: null }), 10).kind).toBe('ready');
    expect(readAfter(talk(ROWS, { endedAt, status: 'in-progress' }), 10).kind).toBe('pending');
  });

  it.each([null, undefined, ''])('(%j) has not, where nothing else says so', (endedAt) => {
    expect(readAfter(talk(ROWS, { endedAt, status: 'archived' }), 10).kind).toBe('pending');
  });

  it('because it lies years ahead is not waited for that long', () => {
    const ahead = { endedAt: '2199-01-01T00:00:00Z', analysis: null, updatedAt: moment(100) };
    expect(readAfter(talk(ROWS, ahead), 339)).toMatchObject({
      kind: 'pending',
      notBefore: ANSWERED + 402_000,
    });
    expect(readAfter(talk(ROWS, ahead), 340).kind).toBe('ready');
    const all = {
      endedAt: '2199-01-01T00:00:00Z',
      updatedAt: '2199-01-01T00:00:00Z',
      createdAt: null,
      analysis: null,
    };
    expect(readAfter(talk(ROWS, all), 10).kind).toBe('ready');
  });
});

it('what differs each time that a call is asked for changes nothing', () => {
  const signed = (turn: number) => ({
    presignedRecordingUrl: `https://storage.example.com/a.wav?X-Amz-Signature=${turn}`,
    presignedUrlsExpiresAt: moment(3_600 * turn),
  });
  const bytes = [1, 2].map((turn) => {
    const { spans } = trace(talk(ROWS, { updatedAt: moment(90 * turn) }, signed(turn)), { content: 'full' });
    return JSON.stringify(spans, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  });
  expect(bytes[0]).toBe(bytes[1]);
});
