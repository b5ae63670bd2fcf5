import { describe, expect, test } from 'vitest';
import { StoreError, type TraceStore } from '../../src/verify/store.ts';
import { findLacks, type Subject, sample } from '../../src/verify/verify.ts';
import { noAbort } from '../delivery/test-delivery.ts';

const subject = (conversation: string, spans = 3): Subject => ({
  ...{ source: 'voice', conversation, firstSeenAt: 0 },
  sent: { traceId: conversation.padEnd(32, '0'), spans, shape: '', late: [] },
});

/** A store that shows spans by trace id. */
function storeWith(shown: Record<string, readonly string[]>, probes: (() => void)[] = []): TraceStore {
  return {
    probe: async () => probes.shift()?.(),
    spans: async (traceId) => {
      const counts = new Map<string, number>();
      for (const id of shown[traceId.replace(/0+$/, '')] ?? []) counts.set(id, (counts.get(id) ?? 0) + 1);
      return counts;
    },
    close: async () => undefined,
  };
}

const OURS = new Set(['s1', 's2', 's3']);
const known = async () => OURS;

describe('a conversation', () => {
  const find = async (
    spans: readonly string[],
    idsOf: () => Promise<ReadonlySet<string> | undefined> = known,
  ) => await findLacks([subject('a')], { store: storeWith({ a: spans }), idsOf, signal: noAbort });

  test('is whole where the store has each of its spans', async () => {
    expect(await find(['s1', 's2', 's3', 'of-somebody-else'])).toEqual({
      ...{ checked: 1, lacks: [], repeated: [], unknown: 0 },
    });
  });

  test('is short where the number is right and the spans are not', async () => {
    const { lacks } = await find(['s1', 's2', 'of-somebody-else']);
    expect(lacks).toEqual([{ subject: subject('a'), have: new Set(['s1', 's2']) }]);
  });

  test('is missing where all that the store has is somebody else’s', async () => {
    const { lacks } = await find(['x', 'y', 'z', 'w']);
    expect(lacks[0]?.have).toEqual(new Set());
  });

  test('needs nobody’s ids to be short of spans', async () => {
    const { lacks } = await find(['s1'], () => expect.fail('nobody was to be asked'));
    expect(lacks[0]?.have).toEqual(new Set(['s1']));
  });

  test('is compared by number, and told so, where nobody knows its ids any more', async () => {
    expect(await find(['x', 'y', 'z'], async () => undefined)).toMatchObject({ lacks: [], unknown: 1 });
  });

  test('that the store shows twice is told with how many of its spans', async () => {
    const { lacks, repeated } = await find(['s1', 's1', 's2', 's2', 's2', 's3', 'x', 'x']);
    expect(lacks).toEqual([]);
    expect(repeated).toEqual([{ subject: subject('a'), spans: 2 }]);
  });
});

test('a store that is none is asked for nothing', async () => {
  const none = () => {
    throw new StoreError('This is no Jaeger');
  };
  const subjects = function* (): Generator<Subject> {
    yield expect.fail('nothing was to be asked for');
  };
  await expect(
    findLacks(subjects(), { store: storeWith({}, [none]), idsOf: known, signal: noAbort }),
  ).rejects.toThrow('This is no Jaeger');
});

test('a store that has become none meanwhile is not believed what it does not have', async () => {
  const gone = () => {
    throw new StoreError('This is no Jaeger');
  };
  const store = storeWith({}, [() => undefined, gone]);
  await expect(findLacks([subject('a')], { store, idsOf: known, signal: noAbort })).rejects.toThrow(
    'no Jaeger',
  );
});

test('a sample has so many, each once', async () => {
  const all = Array.from({ length: 50 }, (_, index) => index);
  const told = async function* () {
    yield* all;
  };
  const chosen = await sample(told(), 10, Math.random);
  expect(new Set(chosen).size).toBe(10);
  expect(await sample(told(), 100, Math.random)).toEqual(all);
});
