import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/contract.ts';
import type { Settlement } from '../../src/ledger/records.ts';
import type { Observation } from '../../src/metrics/observe.ts';
import type { Summary } from '../../src/metrics/summary.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';
import { describeInbox } from './inbox-contract.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 4, 1, 12);

/** An empty place for one ledger. */
export interface LedgerPlace {
  /** The ledger that is there; each has what the others have recorded. */
  open(): Promise<Ledger>;
  remove(): Promise<void>;
}

export interface ContractWorld {
  readonly ledger: Ledger;
  readonly source: number;
  readonly place: LedgerPlace;
  /** Has a list show a conversation. @returns how much was news. */
  see(id: string, what?: { ended?: boolean; at?: number; due?: number }): Promise<number>;
  deliver(id: string, what?: { at?: number; due?: number; observations?: Observation[] }): Promise<void>;
  record(...settlements: Settlement[]): Promise<void>;
  /** Ids of what would be taken now, in order; nothing stays taken. */
  due(now?: number): Promise<string[]>;
  state(id: string): Promise<string | undefined>;
}

/** Sets the ledger up that each test of an engine begins with. @returns what the test that is running has. */
function setUpContract(make: () => Promise<LedgerPlace>): () => ContractWorld {
  let world: ContractWorld;
  beforeEach(async () => {
    const place = await make();
    const ledger = await place.open();
    const source = await ledger.source('elevenlabs', 'elevenlabs');
    world = worldOf(place, ledger, source);
  });
  afterEach(async () => {
    await world.ledger.close();
    await world.place.remove();
  });
  return () => world;
}

function worldOf(place: LedgerPlace, ledger: Ledger, source: number): ContractWorld {
  return {
    ...{ place, ledger, source },
    async see(id, { ended = true, at = NOW - HOUR, due = at } = {}) {
      const sighting = { id, ended, startedAt: at - HOUR, endedAt: ended ? at : undefined, due };
      return await ledger.conversations.see(source, [sighting], NOW);
    },
    async deliver(id, { at = NOW, due, observations = [] } = {}) {
      await ledger.record([{ ...delivery(source, id, observations), due, endedAt: at - HOUR }], at);
    },
    async record(...settlements) {
      await ledger.record(settlements, NOW);
    },
    async due(now = NOW) {
      const taken = await ledger.conversations.claim(source, { now, limit: 100 });
      for (const { id } of taken) await ledger.conversations.giveBack(source, id);
      return taken.map(({ id }) => id);
    },
    async state(id) {
      return (await ledger.conversations.get(source, id))?.state;
    },
  };
}

export function delivery(
  source: number,
  id: string,
  observations: Observation[],
): Extract<Settlement, { kind: 'delivered' }> {
  return {
    ...{ source, id, kind: 'delivered', traceId: 'ab'.repeat(16), spans: 3, shape: 'cd'.repeat(16) },
    ...{ late: ['0123456789abcdef'], due: undefined, endedAt: NOW - HOUR, observations },
  };
}

export const ONE: Observation = { metric: 'callspan.conversations', labels: {}, value: 1_000_000_000n };

/** What every engine promises. */
export function describeContract(engine: string, make: () => Promise<LedgerPlace>): void {
  describe(`the ledger's contract, kept by ${engine}`, () => {
    const world = setUpContract(make);
    describeList(world);
    describeDue(world);
    describeWishes(world);
    describeRecords(world);
    describeSummaries(world);
    describeTraces(world);
    describeInspection(world);
    describeUnsettled(world);
    describeForgotten(world);
    describeCallers(world);
    describeCommands(world);
    describeInbox(world);
    describeHolding(world);
  });
}

function describeList(world: () => ContractWorld): void {
  describe('what a list shows', () => {
    test('is due when it has ended, and kept an eye on when it has not', async () => {
      const { see, due, ledger, source } = world();
      await see('ended');
      await see('active', { ended: false, due: NOW + HOUR });
      expect(await due()).toEqual(['ended']);
      expect((await ledger.conversations.active(source)).map(({ id }) => id)).toEqual(['active']);
      expect(await ledger.sources.tallies(source)).toMatchObject({ due: 1, active: 1 });
    });

    test('becomes due when a later list shows that it has ended', async () => {
      const { see, due, ledger, source } = world();
      await see('a', { ended: false, due: NOW + HOUR });
      expect(await see('a', { at: NOW - 1 })).toBe(1);
      expect(await due()).toEqual(['a']);
      expect(await ledger.sources.tallies(source)).toMatchObject({ due: 1, active: 0 });
    });

    test('changes nothing about what is settled, or known already', async () => {
      const { see, deliver, due, ledger, source } = world();
      await see('a');
      await deliver('a');
      expect(await see('a')).toBe(0);
      expect(await see('a', { ended: false })).toBe(0);
      expect(await due()).toEqual([]);
      expect((await ledger.sources.tallies(source)).delivered).toBe(1);
    });

    test('may come with times of any kind of number, however large', async () => {
      const { see, ledger, source } = world();
      await see('a', { at: 1_757_088_377_123.4, due: 1_757_088_377_123.4 });
      await see('b', { at: 1e300, due: Number.POSITIVE_INFINITY });
      expect((await ledger.conversations.get(source, 'a'))?.endedAt).toBe(1_757_088_377_123);
      expect((await ledger.conversations.get(source, 'b'))?.endedAt).toBe(8.64e15);
    });
  });
}

function describeDue(world: () => ContractWorld): void {
  describe('what is due', () => {
    test('comes in the order of time, the latest first: a backlog does not delay today', async () => {
      const { see, due } = world();
      await see('old', { at: NOW - 20 * HOUR });
      await see('new', { at: NOW - 1 });
      await see('older', { at: NOW - 23 * HOUR });
      await see('not yet', { due: NOW + 1 });
      expect(await due()).toEqual(['new', 'old', 'older']);
    });

    test('is of one source only', async () => {
      const { see, ledger } = world();
      const other = await ledger.source('other', 'tavus');
      await see('a');
      expect(await ledger.conversations.claim(other, { now: NOW, limit: 10 })).toEqual([]);
      expect(await ledger.conversations.nextDue(other)).toBeUndefined();
    });

    test('is what was asked for of the past behind what has ended since', async () => {
      const { see, due, ledger, source } = world();
      const wish = { id: 'past', startedAt: NOW - 48 * HOUR, endedAt: NOW - 47 * HOUR };
      await ledger.conversations.want(source, [wish], NOW, undefined);
      await see('today', { at: NOW - 1_000 });
      expect(await due()).toEqual(['today', 'past']);
    });

    test('takes one that has failed along with eight that have not, and the others after them', async () => {
      const { see, record, ledger, source } = world();
      for (const id of ['bad 1', 'bad 2']) {
        await see(id, { at: NOW - 1 });
        await record({ source, id, kind: 'postponed', due: NOW, attempts: 1, reason: 'no' });
      }
      for (let index = 10; index < 30; index++) await see(`good ${index}`);
      const taken: string[] = [];
      for (let time = 0; time < 24; time++) {
        taken.push(...(await ledger.conversations.claim(source, { now: NOW, limit: 1 })).map(({ id }) => id));
      }
      const places = taken.flatMap((id, place) => (id.startsWith('bad') ? [place] : []));
      expect(places).toEqual([8, 17]);
      expect(taken).toHaveLength(22);
    });

    test('is also what has ended and whose time has not come, for who wants it early', async () => {
      const { see, ledger, source, record } = world();
      await see('unripe', { due: NOW + HOUR });
      await see('pending', { due: NOW + HOUR });
      await record({
        source,
        id: 'pending',
        kind: 'postponed',
        due: NOW + HOUR,
        attempts: 0,
        reason: 'soon',
      });
      await see('talking', { ended: false, due: NOW + HOUR });
      const early = await ledger.conversations.claim(source, { now: NOW, limit: 10, early: true });
      expect(early.map(({ id }) => id)).toEqual(['unripe']);
    });

    test('says what was sent of it, with every late span', async () => {
      const { see, deliver, ledger, source } = world();
      await see('a');
      await deliver('a', { due: NOW });
      expect((await ledger.conversations.get(source, 'a'))?.sent).toEqual({
        traceId: 'ab'.repeat(16),
        spans: 3,
        shape: 'cd'.repeat(16),
        late: ['0123456789abcdef'],
      });
    });
  });
}

function describeWishes(world: () => ContractWorld): void {
  const want = async (id: string, forced?: number) => {
    const { ledger, source } = world();
    const wish = { id, startedAt: NOW - HOUR, endedAt: NOW - HOUR / 2 };
    return (await ledger.conversations.want(source, [wish], NOW, forced))[0];
  };

  describe('a wish', () => {
    test('for one that nobody has seen makes it due', async () => {
      expect(await want('new')).toBe('now');
      expect(await world().due()).toEqual(['new']);
    });

    test('for one that is settled changes nothing, unless it is forced', async () => {
      const { see, deliver, due, ledger, source } = world();
      await see('a');
      await deliver('a');
      expect(await want('a')).toBe('settled');
      expect(await due()).toEqual([]);
      expect(await want('a', NOW + 1)).toBe('now');
      expect(await due()).toEqual(['a']);
      expect((await ledger.conversations.get(source, 'a'))?.sent?.spans).toBe(3);
    });

    test('that is forced again does not undo what has been done about it since', async () => {
      const { see, deliver } = world();
      await see('a');
      await deliver('a', { at: NOW - HOUR });
      expect(await want('a', NOW)).toBe('now');
      await deliver('a', { at: NOW + 1_000 });
      expect(await want('a', NOW)).toBe('settled');
    });

    test('for one that has not settled yet at the vendor waits for that', async () => {
      const { see, ledger, source } = world();
      await see('a', { due: NOW + HOUR });
      expect(await want('a')).toBe('later');
      expect(await ledger.conversations.nextDue(source)).toBe(NOW + HOUR);
    });

    test('for one that waits for another attempt brings it forward', async () => {
      const { see, record, due, ledger, source } = world();
      await see('a');
      await record({ source, id: 'a', kind: 'postponed', due: NOW + HOUR, attempts: 3, reason: 'no' });
      expect(await want('a')).toBe('now');
      expect(await due()).toEqual(['a']);
      expect((await ledger.conversations.get(source, 'a'))?.attempts).toBe(3);
    });
  });

  describe('another try', () => {
    test('brings forward what waits for one, and with `dead` the dead letters', async () => {
      const { see, record, due, ledger, source } = world();
      await see('waits');
      await see('dead');
      await see('settles', { due: NOW + HOUR });
      await record(
        { source, id: 'waits', kind: 'postponed', due: NOW + HOUR, attempts: 1, reason: 'no' },
        { source, id: 'dead', kind: 'dead', reason: 'never' },
      );
      expect(await ledger.conversations.revive(source, { dead: false, only: undefined }, NOW)).toBe(1);
      expect(await due()).toEqual(['waits']);
      expect(await ledger.conversations.revive(source, { dead: true, only: undefined }, NOW)).toBe(1);
      expect((await due()).sort()).toEqual(['dead', 'waits']);
      const revived = await ledger.conversations.get(source, 'dead');
      expect(revived).toMatchObject({ attempts: 0, reason: undefined });
      expect(await ledger.sources.tallies(source)).toMatchObject({ due: 3, dead: 0 });
    });

    test('takes up what is parked only where that is asked for', async () => {
      const { see, record, state, ledger, source } = world();
      for (const id of ['dead', 'parked', 'young']) await see(id);
      await record(
        { source, id: 'dead', kind: 'dead', reason: 'never' },
        { source, id: 'parked', kind: 'parked', reason: 'too old' },
      );
      expect(await ledger.sources.tallies(source)).toMatchObject({ due: 1, dead: 1, parked: 1 });
      expect(await ledger.conversations.get(source, 'parked')).toMatchObject({
        state: 'parked',
        reason: 'too old',
      });
      const told: string[] = [];
      for await (const { id, reason } of ledger.conversations.unsettled(source, 'parked'))
        told.push(`${id}: ${reason}`);
      expect(told).toEqual(['parked: too old']);
      expect(await ledger.conversations.revive(source, { dead: true, only: undefined }, NOW)).toBe(1);
      expect(await state('parked')).toBe('parked');
      const parked = { dead: false, parked: true, only: undefined };
      expect(await ledger.conversations.revive(source, parked, NOW)).toBe(1);
      expect(await state('parked')).toBe('due');
      expect(await ledger.sources.tallies(source)).toMatchObject({ due: 3, dead: 0, parked: 0 });
    });

    test('of one conversation leaves the others alone', async () => {
      const { see, record, state, ledger, source } = world();
      for (const id of ['a', 'b']) {
        await see(id);
        await record({ source, id, kind: 'dead', reason: 'never' });
      }
      expect(await ledger.conversations.revive(source, { dead: true, only: 'b' }, NOW)).toBe(1);
      expect([await state('a'), await state('b')]).toEqual(['dead', 'due']);
    });
  });

  test('a clock that is set back takes what was planned with it', async () => {
    const { see, due, ledger, source } = world();
    await see('a', { due: NOW + 24 * HOUR });
    await see('b', { due: NOW + 25 * HOUR });
    await ledger.conversations.hasten(source, 24 * HOUR);
    expect(await due()).toEqual(['a']);
    expect(await ledger.conversations.nextDue(source)).toBe(NOW);
  });
}

function describeRecords(world: () => ContractWorld): void {
  describe('what became of a conversation', () => {
    test('is recorded with others: all of it or nothing', async () => {
      const { see, record, state, ledger, source } = world();
      await see('a');
      const settlements = [
        { ...delivery(source, 'a', [ONE]) },
        { source, id: 'unknown', kind: 'empty', reason: 'nothing' },
      ] as const;
      await expect(record(...settlements)).rejects.toThrow('The ledger has no conversation unknown');
      expect(await state('a')).toBe('due');
      expect(await ledger.sources.tallies(source)).toMatchObject({ due: 1, empty: 0 });
      expect(await ledger.series()).toEqual([]);
    });

    test('keeps when it was first settled through later looks', async () => {
      const { see, deliver, ledger, source } = world();
      await see('a');
      await deliver('a', { at: NOW, due: NOW + HOUR });
      await deliver('a', { at: NOW + HOUR });
      const settled: number[] = [];
      for await (const row of ledger.conversations.delivered(source, 0)) settled.push(row.settledAt);
      expect(settled).toEqual([NOW]);
    });

    test('has a reason of any text, and one that cannot be kept is made readable', async () => {
      const { see, record, ledger, source } = world();
      await see('a');
      await record({ source, id: 'a', kind: 'dead', reason: 'a\0b \ud800 ü💥' });
      expect((await ledger.conversations.get(source, 'a'))?.reason).toBe('a\ufffdb \ufffd ü💥');
    });

    test('counts once, and what was read of the metrics before does not change', async () => {
      const { see, deliver, ledger } = world();
      await see('a');
      await deliver('a', { observations: [ONE] });
      const before = await ledger.series();
      await deliver('a', { observations: [ONE] });
      await see('b');
      await deliver('b', { observations: [ONE] });
      expect(before.map(({ count }) => count)).toEqual([1n]);
      expect((await ledger.series()).map(({ count, sum }) => [count, sum])).toEqual([[2n, 2_000_000_000n]]);
    });

    test('adds to sums beyond what 64 bits hold', async () => {
      const { see, deliver, ledger, place } = world();
      await see('a');
      await deliver('a', { observations: [{ ...ONE, value: 2n ** 70n }] });
      const other = await place.open();
      expect((await other.series())[0]?.sum).toBe(2n ** 70n);
      await other.close();
      expect((await ledger.series())[0]?.sum).toBe(2n ** 70n);
    });
  });

  test('a source keeps its number, and its name is not taken by another provider', async () => {
    const { ledger, source } = world();
    expect(await ledger.source('elevenlabs', 'elevenlabs')).toBe(source);
    await expect(ledger.source('elevenlabs', 'tavus')).rejects.toThrow(
      'The source elevenlabs is elevenlabs in the ledger and tavus in the settings; give it another name.',
    );
  });

  test('a source that is given another name has its number and all that is known of it', async () => {
    const { see, deliver, state, ledger, source, place } = world();
    await see('a');
    await deliver('a', { observations: [ONE] });
    await ledger.sources.rename(source, 'desk');
    expect(await ledger.source('desk', 'elevenlabs')).toBe(source);
    expect((await ledger.sources.get(source)).name).toBe('desk');
    expect(await state('a')).toBe('delivered');
    expect(await ledger.series()).toHaveLength(1);
    const other = await place.open();
    expect((await other.sources.all()).map(({ name }) => name)).toEqual(['desk']);
    await other.close();
    await ledger.source('elevenlabs', 'elevenlabs');
    await expect(ledger.sources.rename(source, 'elevenlabs')).rejects.toThrow();
    expect((await ledger.sources.get(source)).name).toBe('desk');
  });

  test('an id may be any text but one that would be kept as another', async () => {
    const { see, deliver, due, ledger, source } = world();
    const ids = ["'; DROP TABLE conversation; --", 'ünï💥', ' ', 'x'.repeat(5_000), '%', 'null'];
    for (const id of ids) await see(id);
    expect((await due()).sort()).toEqual([...ids].sort());
    for (const id of ids) await deliver(id);
    expect(await ledger.sources.tallies(source)).toMatchObject({ due: 0, delivered: ids.length });
    for (const id of ['a\0b', 'half \ud800']) await expect(see(id)).rejects.toThrow(TypeError);
  });
}

const SUMMARY: Summary = {
  agent: { id: 'agent_1', name: 'Front "desk"\u0000\ud800 ☎', version: 'v3' },
  outcome: 'completed',
  startedAt: NOW - 2 * HOUR,
  duration: 65_432,
  waits: { first: 812, median: 1_204, longest: 7_100, buckets: [0, 0, 3, 0, 1] },
  turns: 5,
  unanswered: 1,
  tools: 2,
  toolsFailed: 1,
  costUsd: 0.0123,
};
const BARE: Summary = {
  agent: {},
  outcome: 'unknown',
  startedAt: NOW - HOUR,
  turns: 0,
  unanswered: 0,
  tools: 0,
};

function describeSummaries(world: () => ContractWorld): void {
  const summaries = async ({ ledger, source }: ContractWorld, since = 0, until = NOW) => {
    const found = [];
    for await (const row of ledger.summaries.between(source, since, until)) found.push(row);
    return found;
  };
  const keep = async ({ see, record, source }: ContractWorld, id: string, summary: Summary) => {
    await see(id);
    await record({ ...delivery(source, id, []), summary });
  };

  describe('the summaries of what was delivered', () => {
    test('come back as they were, in the order in which the conversations began', async () => {
      const { ledger } = world();
      await keep(world(), 'b', BARE);
      await keep(world(), 'a', SUMMARY);
      expect(await summaries(world())).toEqual([
        { id: 'a', traceId: 'ab'.repeat(16), summary: SUMMARY },
        { id: 'b', traceId: 'ab'.repeat(16), summary: BARE },
      ]);
      const other = await ledger.source('other', 'tavus');
      const found = [];
      for await (const row of ledger.summaries.between(other, 0, NOW)) found.push(row);
      expect(found).toEqual([]);
    });

    test('are those of conversations that began from a moment on, and before another', async () => {
      for (const [index, id] of ['a', 'b', 'c'].entries()) {
        await keep(world(), id, { ...BARE, startedAt: NOW - HOUR + index });
      }
      const found = await summaries(world(), NOW - HOUR + 1, NOW - HOUR + 2);
      expect(found.map(({ id }) => id)).toEqual(['b']);
    });

    test('are many, and those that began in the same moment are each there once', async () => {
      for (let index = 0; index < 60; index++) {
        const settlements = Array.from({ length: 20 }, (_, place) => `c${index}-${place}`);
        for (const id of settlements) await world().see(id);
        await world().record(
          ...settlements.map((id) => ({ ...delivery(world().source, id, []), summary: BARE })),
        );
      }
      expect(new Set((await summaries(world())).map(({ id }) => id)).size).toBe(1200);
    });

    test('are of the first delivery, as the metrics are', async () => {
      await keep(world(), 'a', SUMMARY);
      await world().record({ ...delivery(world().source, 'a', []), summary: { ...SUMMARY, turns: 99 } });
      await world().deliver('a');
      expect((await summaries(world())).map(({ summary }) => summary)).toEqual([SUMMARY]);
    });

    test('go when the conversation goes', async () => {
      const { ledger, source } = world();
      await keep(world(), 'a', SUMMARY);
      expect(await ledger.conversations.forget(source, NOW + HOUR, 10)).toBe(1);
      expect(await summaries(world())).toEqual([]);
    });
  });
}

function describeTraces(world: () => ContractWorld): void {
  const [T, D, E] = ['a1'.repeat(16), 'd1'.repeat(16), 'e1'.repeat(16)];

  describe('the trace of a conversation', () => {
    test('is the first that no other conversation has, and stays its own', async () => {
      const { see, ledger, source } = world();
      for (const id of ['a', 'b']) await see(id);
      const take = (id: string, ...choices: string[]) => ledger.conversations.takeTrace(source, id, choices);
      expect(await take('a', T, D)).toBe(T);
      expect(await take('b', T, E)).toBe(E);
      expect(await take('b', T, E)).toBe(E);
      expect(await take('a', T, D)).toBe(T);
      expect((await ledger.conversations.get(source, 'b'))?.traceId).toBe(E);
      expect((await ledger.conversations.get(source, 'b'))?.sent).toBeUndefined();
    });

    test('is remembered by whoever opens the ledger next, and through a delivery and a look', async () => {
      const { see, ledger, source, place, record } = world();
      for (const id of ['a', 'b']) await see(id);
      await ledger.conversations.takeTrace(source, 'a', [T]);
      await ledger.conversations.takeTrace(source, 'b', [T, D]);
      await record({ ...delivery(source, 'b', []), traceId: D, due: NOW });
      const other = await place.open();
      expect(await other.conversations.takeTrace(source, 'b', [T, D])).toBe(D);
      expect(await other.conversations.takeTrace(source, 'a', [T])).toBe(T);
      expect((await other.conversations.get(source, 'b'))?.sent?.traceId).toBe(D);
      await other.close();
    });

    test('is chosen anew where it is none of the choices any more', async () => {
      const { see, ledger, source } = world();
      await see('a');
      await ledger.conversations.takeTrace(source, 'a', [T]);
      expect(await ledger.conversations.takeTrace(source, 'a', [D, E])).toBe(D);
      await see('b');
      expect(await ledger.conversations.takeTrace(source, 'b', [T])).toBe(T);
    });

    test('is none where others have them all', async () => {
      const { see, ledger, source } = world();
      for (const id of ['a', 'b']) await see(id);
      await ledger.conversations.takeTrace(source, 'a', [T]);
      expect(await ledger.conversations.takeTrace(source, 'b', [T])).toBeUndefined();
      expect((await ledger.conversations.get(source, 'b'))?.traceId).toBeUndefined();
    });

    test('is free again when its conversation is forgotten', async () => {
      const { see, ledger, source, deliver } = world();
      for (const id of ['a', 'b']) await see(id);
      await deliver('a');
      await ledger.conversations.forget(source, NOW + HOUR, 10);
      expect(await ledger.conversations.takeTrace(source, 'b', ['ab'.repeat(16), D])).toBe('ab'.repeat(16));
    });

    test('of one conversation in two sources is one, unless both send to the same place', async () => {
      const { see, ledger, source } = world();
      const second = await ledger.source('second', 'elevenlabs');
      const third = await ledger.source('third', 'elevenlabs');
      const sighting = { id: 'a', ended: true, startedAt: NOW, endedAt: NOW, due: NOW };
      await see('a');
      for (const other of [second, third]) await ledger.conversations.see(other, [sighting], NOW);
      await ledger.conversations.takeTrace(source, 'a', [T, D]);
      expect(await ledger.conversations.takeTrace(second, 'a', [T, D], ['third'])).toBe(T);
      expect(await ledger.conversations.takeTrace(third, 'a', [T, D], ['elevenlabs'])).toBe(D);
    });

    test('of another conversation is nobody else’s, wherever that is sent, and of whatever vendor it is', async () => {
      const { see, ledger, source } = world();
      const other = await ledger.source('other', 'tavus');
      const sighting = { ended: true, startedAt: NOW, endedAt: NOW, due: NOW };
      await see('a');
      await ledger.conversations.see(
        other,
        ['a', 'b'].map((id) => ({ ...sighting, id })),
        NOW,
      );
      await ledger.conversations.takeTrace(source, 'a', [T]);
      expect(await ledger.conversations.takeTrace(other, 'a', [T, D])).toBe(D);
      expect(await ledger.conversations.takeTrace(other, 'b', [T, E])).toBe(E);
    });

    test('is one’s alone when many ask for the same at the same time', async () => {
      const { see, ledger, source, place } = world();
      const ids = Array.from({ length: 12 }, (_, index) => `c${index}`);
      for (const id of ids) await see(id);
      const other = await place.open();
      const taken = await Promise.all(
        ids.map((id, index) => {
          const { conversations } = index % 2 === 0 ? ledger : other;
          return conversations.takeTrace(source, id, [T, String(index).padStart(32, '0')]);
        }),
      );
      await other.close();
      expect(taken.filter((traceId) => traceId === T)).toHaveLength(1);
      expect(new Set(taken).size).toBe(ids.length);
    });
  });
}

function describeInspection(world: () => ContractWorld): void {
  test('an inspection comes to the end of what is right, however small its steps, and begins anew', async () => {
    const { see, deliver, ledger, source } = world();
    for (const id of ['a', 'b', 'ü💥', 'd']) await see(id);
    await deliver('a', { due: NOW });
    await see('e', { ended: false });
    await ledger.conversations.hasten(source, HOUR);
    for (let round = 0; round < 2; round++) {
      let isEnd = false;
      for (let step = 0; step < 100 && !isEnd; step++) ({ isEnd } = await ledger.inspect(2));
      expect(isEnd).toBe(true);
    }
  });
}

function describeUnsettled(world: () => ContractWorld): void {
  const unsettled = async ({ ledger, source }: ContractWorld, which: 'dead' | 'waiting') => {
    const found = [];
    for await (const row of ledger.conversations.unsettled(source, which)) found.push(row);
    return found;
  };

  describe('what was not delivered', () => {
    test('is told with the reason: dead letters the latest first, and what will be tried again', async () => {
      const { see, ledger, source, deliver } = world();
      for (const id of ['a', 'b', 'c', 'd', 'e']) await see(id);
      await ledger.record([{ source, id: 'a', kind: 'dead', reason: 'refused\u0000' }], NOW - 2);
      await ledger.record([{ source, id: 'b', kind: 'dead', reason: 'too large' }], NOW - 1);
      const later = {
        source,
        id: 'c',
        kind: 'postponed',
        due: NOW + HOUR,
        attempts: 3,
        reason: '503',
      } as const;
      await ledger.record([later], NOW);
      await deliver('d');
      const startedAt = NOW - 2 * HOUR;
      expect(await unsettled(world(), 'dead')).toEqual([
        { id: 'b', reason: 'too large', attempts: 0, startedAt, at: NOW - 1 },
        { id: 'a', reason: expect.stringMatching(/^refused.?$/), attempts: 0, startedAt, at: NOW - 2 },
      ]);
      expect(await unsettled(world(), 'waiting')).toEqual([
        { id: 'c', reason: '503', attempts: 3, startedAt, at: NOW + HOUR },
      ]);
    });

    test('may be much, and is told each once', async () => {
      const { ledger, source } = world();
      const ids = Array.from({ length: 1_200 }, (_, index) => `c${index}`);
      await ledger.conversations.see(
        source,
        ids.map((id) => ({ id, ended: true, startedAt: NOW, endedAt: NOW, due: NOW })),
        NOW,
      );
      await ledger.record(
        ids.map((id) => ({ source, id, kind: 'dead', reason: 'no' }) as const),
        NOW,
      );
      expect((await unsettled(world(), 'dead')).map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    });
  });
}

function describeForgotten(world: () => ContractWorld): void {
  describe('a source that is forgotten', () => {
    test('leaves nothing behind, and others as they were', async () => {
      const { see, deliver, ledger, source, record } = world();
      const other = await ledger.source('other', 'tavus');
      const labelled = (name: string): Observation => ({ ...ONE, labels: { 'callspan.source': name } });
      await see('a');
      await see('b');
      await record({ ...delivery(source, 'a', [labelled('elevenlabs')]), summary: SUMMARY });
      await deliver('b');
      await ledger.conversations.forget(source, NOW + HOUR, 1);
      await ledger.conversations.want(other, [{ id: 'a', startedAt: NOW, endedAt: NOW }], NOW, undefined);
      await record({ ...delivery(other, 'a', [labelled('other')]), summary: SUMMARY });
      await ledger.sources.forget(source);
      expect((await ledger.sources.all()).map(({ name }) => name)).toEqual(['other']);
      expect((await ledger.series()).map(({ labels }) => labels['callspan.source'])).toEqual(['other']);
      expect(await ledger.sources.tallies(other)).toMatchObject({ delivered: 1 });
      const again = await ledger.source('elevenlabs', 'tavus');
      expect(await ledger.conversations.get(again, 'a')).toBeUndefined();
      expect(await ledger.sources.tallies(again)).toMatchObject({ delivered: 0, due: 0 });
      const sighting = { id: 'b', ended: true, startedAt: NOW, endedAt: NOW, due: NOW };
      expect(await ledger.conversations.see(again, [sighting], NOW)).toBe(1);
    });
  });
}

function describeCallers(world: () => ContractWorld): void {
  describe('two callers at the same time', () => {
    test('that see the same page find its news once', async () => {
      const { see, ledger, source } = world();
      expect((await Promise.all([see('a'), see('a'), see('b')])).reduce((sum, news) => sum + news)).toBe(2);
      expect((await ledger.sources.tallies(source)).due).toBe(2);
    });

    test('that want the same conversation both get it, and there is one', async () => {
      const { ledger, source } = world();
      const wish = { id: 'a', startedAt: undefined, endedAt: undefined };
      const want = () => ledger.conversations.want(source, [wish], NOW, undefined);
      expect((await Promise.all([want(), want()])).flat()).toEqual(['now', 'now']);
      expect((await ledger.sources.tallies(source)).due).toBe(1);
    });

    test('claim different conversations, and none that is under way', async () => {
      const { see, ledger, source } = world();
      for (const id of ['a', 'b', 'c', 'd', 'e']) await see(id);
      const claim = (limit: number) => ledger.conversations.claim(source, { now: NOW, limit });
      const taken = (await Promise.all([claim(2), claim(2), claim(2)])).flat().map(({ id }) => id);
      expect(taken.sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
      expect(await ledger.conversations.claim(source, { now: NOW, limit: 1, only: 'a' })).toEqual([]);
      expect(await ledger.conversations.nextDue(source)).toBeUndefined();
      await ledger.conversations.giveBack(source, 'c');
      expect((await claim(9)).map(({ id }) => id)).toEqual(['c']);
    });

    test('that record the same delivery count it once', async () => {
      const { see, deliver, ledger, source } = world();
      await see('a');
      await Promise.all([
        deliver('a', { observations: [ONE] }),
        deliver('a', { observations: [ONE] }),
        deliver('a', { observations: [ONE] }),
      ]);
      expect((await ledger.series()).map(({ count }) => count)).toEqual([1n]);
      expect((await ledger.sources.tallies(source)).delivered).toBe(1);
    });

    test('that both name a source get one number', async () => {
      const { ledger } = world();
      const [one, other] = await Promise.all([ledger.source('new', 'tavus'), ledger.source('new', 'tavus')]);
      expect(one).toBe(other);
    });

    test('take one payload apart after the other', async () => {
      const { see, ledger, source } = world();
      for (const id of ['a', 'b']) await see(id);
      await ledger.conversations.claim(source, { now: NOW, limit: 2 });
      const end = await ledger.conversations.takeApart(source, 'a');
      let hasTurn = false;
      const second = ledger.conversations.takeApart(source, 'b').then((endSecond) => {
        hasTurn = true;
        return endSecond;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(hasTurn).toBe(false);
      await end();
      await (await second)();
      expect(hasTurn).toBe(true);
    });
  });
}

function describeCommands(world: () => ContractWorld): void {
  test('a command is open until it has come to its end, and then says what came of it', async () => {
    const { ledger } = world();
    const { commands } = ledger;
    const id = await commands.add({ kind: 'retry', dead: true }, NOW);
    expect(await commands.open()).toEqual([{ id, command: { kind: 'retry', dead: true }, state: 'waiting' }]);
    const figures = { listed: 2, found: 1, delivered: 0, pending: 0, empty: 0, dead: 0, postponed: 0 };
    await commands.running(id, { ...figures, failures: [] }, NOW);
    expect(await commands.get(id)).toMatchObject({ state: 'running', result: figures });
    await commands.done(id, { revived: 3, failures: ['a: no\nb'] }, NOW);
    expect(await commands.open()).toEqual([]);
    const result = { revived: 3, failures: ['a: no\nb'] };
    expect(await commands.get(id)).toMatchObject({ state: 'done', result });
    const other = await commands.add({ kind: 'export', source: 'a', id: 'b' }, NOW);
    await commands.failed(other, 'there is none', NOW);
    expect(await commands.get(other)).toMatchObject({ state: 'failed', error: 'there is none' });
  });
}

function describeHolding(world: () => ContractWorld): void {
  /** Holds, on a clock that passes as long as that takes. */
  const hold = async (ledger: Ledger, clock: VirtualClock) => {
    let isOver = false;
    const holding = ledger.hold(clock, new AbortController().signal).finally(() => {
      isOver = true;
    });
    holding.catch(() => undefined);
    while (!isOver) await clock.pass(clock.trueNow() + 250);
    return await holding;
  };

  describe('the right to change a ledger', () => {
    test('is one process’s, and the next one’s when it is given back', async () => {
      const { ledger, place } = world();
      const clock = new VirtualClock({ now: NOW });
      const other = await place.open();
      await hold(ledger, clock);
      expect(await ledger.holder(clock)).toMatchObject({ pid: process.pid, since: expect.any(Number) });
      await ledger.prove(NOW);
      await ledger.check();
      await ledger.release();
      expect(await other.holder(clock)).toBeUndefined();
      await hold(other, clock);
      await other.release();
      await other.close();
    });
  });
}
