import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Ledger, openLedger } from '../../src/ledger/sqlite/sqlite-ledger.ts';
import { ledgerFolder } from '../bridge/simulation.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 4, 1, 12);

let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let ledger: Ledger;
let source: number;

beforeEach(async () => {
  folder = await ledgerFolder();
  ledger = openLedger(`${folder.path}/callspan.db`);
  source = ledger.source('elevenlabs', 'elevenlabs');
});

afterEach(async () => {
  ledger.close();
  await rm(folder.path, { recursive: true, force: true });
});

function see(
  id: string,
  { ended = true, at = NOW - HOUR, due = undefined as number | undefined } = {},
): number {
  const sighting = {
    ...{ id, ended, startedAt: at - HOUR },
    endedAt: ended ? at : undefined,
    due: due ?? at,
  };
  return ledger.conversations.see(source, [sighting], NOW);
}

function deliver(id: string, { at = NOW, due = undefined as number | undefined } = {}): void {
  ledger.record(
    [
      {
        ...{ source, id, kind: 'delivered', traceId: 'ab'.repeat(16), spans: 3, shape: 'cd'.repeat(16) },
        ...{ late: ['0123456789abcdef'], due, endedAt: at - HOUR, observations: [] },
      },
    ],
    at,
  );
}

const due = (now = NOW) => ledger.conversations.due(source, now, 100);
const state = (id: string) => ledger.conversations.get(source, id)?.state;
const tallies = () => ledger.sources.tallies(source);

describe('what a list shows', () => {
  test('is due when it has ended, and kept an eye on when it has not', () => {
    see('ended');
    see('active', { ended: false, due: NOW + HOUR });
    expect(due()).toEqual(['ended']);
    expect(ledger.conversations.active(source).map(({ id }) => id)).toEqual(['active']);
    expect(tallies()).toMatchObject({ due: 1, active: 1 });
  });

  test('becomes due when a later list shows that it has ended', () => {
    see('a', { ended: false, due: NOW + HOUR });
    expect(see('a', { at: NOW - 1 })).toBe(1);
    expect(due()).toEqual(['a']);
    expect(tallies()).toMatchObject({ due: 1, active: 0 });
  });

  test('changes nothing about what is settled, or known already', () => {
    see('a');
    deliver('a');
    expect(see('a')).toBe(0);
    expect(see('a', { ended: false })).toBe(0);
    expect(due()).toEqual([]);
    expect(tallies().delivered).toBe(1);
  });

  test('may come with times of any kind of number', () => {
    see('a', { at: 1_757_088_377_123.4, due: 1_757_088_377_123.4 });
    expect(ledger.conversations.get(source, 'a')?.endedAt).toBe(1_757_088_377_123);
  });
});

describe('what is due', () => {
  test('comes in the order of time, the latest first: a backlog does not delay today', () => {
    see('old', { at: NOW - 20 * HOUR });
    see('new', { at: NOW - 1 });
    see('older', { at: NOW - 23 * HOUR });
    see('not yet', { due: NOW + 1 });
    expect(due()).toEqual(['new', 'old', 'older']);
  });

  test('is of one source only', () => {
    const other = ledger.source('other', 'tavus');
    see('a');
    expect(ledger.conversations.due(other, NOW, 10)).toEqual([]);
    expect(ledger.conversations.nextDue(other)).toBeUndefined();
  });

  test('is what was asked for of the past behind what has ended since', () => {
    ledger.conversations.want(
      source,
      [{ id: 'past', startedAt: NOW - 48 * HOUR, endedAt: NOW - 47 * HOUR }],
      NOW,
      undefined,
    );
    see('today', { at: NOW - 1_000 });
    expect(due()).toEqual(['today', 'past']);
  });

  test('says what was sent of it, with every late span', () => {
    see('a');
    deliver('a', { due: NOW });
    expect(ledger.conversations.get(source, 'a')?.sent).toEqual({
      traceId: 'ab'.repeat(16),
      spans: 3,
      shape: 'cd'.repeat(16),
      late: ['0123456789abcdef'],
    });
  });
});

describe('a wish', () => {
  const want = (id: string, forced?: number) =>
    ledger.conversations.want(
      source,
      [{ id, startedAt: NOW - HOUR, endedAt: NOW - HOUR / 2 }],
      NOW,
      forced,
    )[0];

  test('for one that nobody has seen makes it due', () => {
    expect(want('new')).toBe('now');
    expect(due()).toEqual(['new']);
  });

  test('for one that is settled changes nothing, unless it is forced', () => {
    see('a');
    deliver('a');
    expect(want('a')).toBe('settled');
    expect(due()).toEqual([]);
    expect(want('a', NOW + 1)).toBe('now');
    expect(due()).toEqual(['a']);
    expect(ledger.conversations.get(source, 'a')?.sent?.spans).toBe(3);
  });

  test('that is forced again does not undo what has been done about it since', () => {
    see('a');
    deliver('a', { at: NOW - HOUR });
    expect(want('a', NOW)).toBe('now');
    deliver('a', { at: NOW + 1_000 });
    expect(want('a', NOW)).toBe('settled');
  });

  test('for one that has not settled yet at the vendor waits for that', () => {
    see('a', { due: NOW + HOUR });
    expect(want('a')).toBe('later');
    expect(ledger.conversations.nextDue(source)).toBe(NOW + HOUR);
  });

  test('for one that waits for another attempt brings it forward', () => {
    see('a');
    ledger.record([{ source, id: 'a', kind: 'postponed', due: NOW + HOUR, attempts: 3, reason: 'no' }], NOW);
    expect(want('a')).toBe('now');
    expect(due()).toEqual(['a']);
    expect(ledger.conversations.get(source, 'a')?.attempts).toBe(3);
  });
});

describe('another try', () => {
  test('brings forward what waits for one, and with `dead` the dead letters', () => {
    see('waits');
    see('dead');
    see('settles', { due: NOW + HOUR });
    ledger.record(
      [
        { source, id: 'waits', kind: 'postponed', due: NOW + HOUR, attempts: 1, reason: 'no' },
        { source, id: 'dead', kind: 'dead', reason: 'never' },
      ],
      NOW,
    );
    expect(ledger.conversations.revive(source, { dead: false, only: undefined }, NOW)).toBe(1);
    expect(due()).toEqual(['waits']);
    expect(ledger.conversations.revive(source, { dead: true, only: undefined }, NOW)).toBe(1);
    expect(due().sort()).toEqual(['dead', 'waits']);
    expect(ledger.conversations.get(source, 'dead')).toMatchObject({ attempts: 0, reason: undefined });
    expect(tallies()).toMatchObject({ due: 3, dead: 0 });
  });

  test('of one conversation leaves the others alone', () => {
    for (const id of ['a', 'b']) {
      see(id);
      ledger.record([{ source, id, kind: 'dead', reason: 'never' }], NOW);
    }
    expect(ledger.conversations.revive(source, { dead: true, only: 'b' }, NOW)).toBe(1);
    expect([state('a'), state('b')]).toEqual(['dead', 'due']);
  });
});

describe('what became of a conversation', () => {
  test('is recorded with others: all of it or nothing', () => {
    see('a');
    const settlements = [
      { source, id: 'a', kind: 'empty', reason: 'nothing' },
      { source, id: 'unknown', kind: 'empty', reason: 'nothing' },
    ] as const;
    expect(() => ledger.record(settlements, NOW)).toThrow('The ledger has no conversation unknown');
    expect(state('a')).toBe('due');
    expect(tallies()).toMatchObject({ due: 1, empty: 0 });
  });

  test('keeps when it was first settled through later looks', () => {
    see('a');
    deliver('a', { at: NOW, due: NOW + HOUR });
    deliver('a', { at: NOW + HOUR });
    const [only] = [...ledger.conversations.delivered(source, 0)];
    expect(only?.settledAt).toBe(NOW);
  });
});

test('a clock that is set back takes what was planned with it', () => {
  see('a', { due: NOW + 24 * HOUR });
  see('b', { due: NOW + 25 * HOUR });
  ledger.conversations.hasten(source, 24 * HOUR);
  expect(due()).toEqual(['a']);
  expect(ledger.conversations.nextDue(source)).toBe(NOW);
});

test('a source keeps its number, and its name is not taken by another provider', () => {
  expect(ledger.source('elevenlabs', 'elevenlabs')).toBe(source);
  expect(() => ledger.source('elevenlabs', 'tavus')).toThrow(
    'The source elevenlabs is elevenlabs in the ledger and tavus in the settings; give it another name.',
  );
});

test('an id may be any text', () => {
  const ids = ["'; DROP TABLE conversation; --", 'ünï💥', ' ', 'x'.repeat(5_000), '%', 'null'];
  for (const id of ids) see(id);
  expect(due().sort()).toEqual([...ids].sort());
  for (const id of ids) deliver(id);
  expect(tallies()).toMatchObject({ due: 0, delivered: ids.length });
});
