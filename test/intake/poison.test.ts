import { describe, expect, test } from 'vitest';
import { BEGIN, laneWorlds } from '../bridge/runner-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const setUp = laneWorlds();

/** Rows that no list should have, before and behind those that it has. */
function poisoned(rows: unknown): unknown[] {
  const common = { status: 'done', start_time_unix_secs: BEGIN / 1_000, call_duration_secs: 5 };
  const tavus = { created_at: '2026-03-01T00:00:00Z', updated_at: '2026-03-01T00:00:09Z' };
  const retell = { call_status: 'ended', start_timestamp: BEGIN, end_timestamp: BEGIN + 9_000 };
  const vapi = {
    createdAt: '2026-03-01T00:00:00Z',
    updatedAt: '2026-03-01T00:00:09Z',
    endedAt: '2026-03-01T00:00:09Z',
  };
  const ids = ['nul\u0000', '..', 'x'.repeat(100_000), 'half\ud800', 'line\nbreak', 5];
  const bad = ids.map((id) => ({
    ...{ ...common, ...tavus, ...retell, ...vapi },
    ...{ conversation_id: id, call_id: id, id },
  }));
  return [null, 'row', [], ...bad, ...(rows as unknown[]), ...bad];
}

/** What a list of each vendor is, and what it says of a row whose id is none. */
const LISTS = {
  elevenlabs: { field: 'conversations', drift: 'list row whose conversation_id is none' },
  tavus: { field: 'data', drift: 'list row whose conversation_id is none' },
  retell: { field: 'items', drift: 'list row whose call_id is none' },
  vapi: { field: undefined, drift: 'list row whose id is none' },
} as const;
const PROVIDERS = ['elevenlabs', 'tavus', 'retell', 'vapi'] as const;

/** What comes late to a call of theirs is waited for, in minutes. */
const SETTLES: Readonly<Record<(typeof PROVIDERS)[number], number>> = {
  elevenlabs: 0,
  tavus: 5,
  retell: 5,
  vapi: 5,
};

describe.each(PROVIDERS)('a list of %s with poisoned rows on every page', (provider) => {
  test('everything else is delivered, it is told by name, and the bridge can be stopped', async () => {
    const listed = (page: unknown) => {
      const { field } = LISTS[provider];
      if (field === undefined) return poisoned(page);
      const listed = page as Record<string, unknown>;
      return { ...listed, [field]: poisoned(listed[field]) };
    };
    const { clock, collector, vendor, simulation, add, tallies } = await setUp({
      provider,
      vendor: { listed },
    });
    add(8, BEGIN - 2 * HOUR, BEGIN + HOUR);
    const drift = new Map<string, number>();
    await simulation.start((names) => {
      for (const name of names) drift.set(name, (drift.get(name) ?? 0) + 1);
    });
    await clock.pass(BEGIN + 3 * HOUR);
    expect(collector.arrivals.size).toBe(8);
    expect(await tallies()).toMatchObject({ delivered: 8, dead: 0, due: 0, active: 0 });
    expect(drift.get(LISTS[provider].drift)).toBeGreaterThan(0);
    // Nobody asked for what is no conversation: nothing but what was delivered, and later looks at it.
    expect(vendor.requests.get).toBeLessThanOrEqual(3 * 8);
    await simulation.stop();
    expect(simulation.isUp).toBe(false);
  });
});

describe.each([
  ['ten days ahead', 10 * DAY],
  ['ten days behind', -10 * DAY],
  ['two hours behind', -2 * HOUR],
  ['years ahead', 3_650 * DAY],
])('a vendor’s clock that is %s', (_, skew) => {
  test.each(PROVIDERS)('%s: delivery goes on, and it is said once and in the status', async (provider) => {
    const { clock, collector, simulation, add, lines } = await setUp({
      provider,
      vendor: { dateSkew: () => skew },
    });
    add(6, BEGIN - HOUR, BEGIN + HOUR);
    await simulation.start();
    // A call lasts some minutes, and what comes late to it is waited for.
    await clock.pass(BEGIN + 2.5 * HOUR);
    expect(collector.arrivals.size).toBe(6);
    expect(collector.repeated).toEqual([]);
    const warnings = lines('warn').map(({ message }) => message);
    expect(warnings).toEqual([
      expect.stringMatching(/^the vendor's clock \(its Date header\) is .* this machine's; /),
    ]);
    const { error } = await simulation.ledger.sources.get(simulation.runner.id);
    expect(error).toBe(warnings[0]);
  });
});

describe('a conversation that still runs when it is exported', () => {
  test.each(PROVIDERS)('%s: stays on discovery, and is delivered soon after its end', async (provider) => {
    const { clock, book, collector, simulation, add } = await setUp({ provider });
    const [id = ''] = add(
      1,
      BEGIN + MINUTE,
      BEGIN + MINUTE,
      provider === 'elevenlabs' ? 'two-hours' : 'ordinary',
    );
    const call = book.call(id);
    if (call === undefined) throw new Error('No call');
    await simulation.start();
    await clock.pass(BEGIN + MINUTE + 45_000);
    const stop = new AbortController().signal;
    const exporting = simulation.runner.export({ id, forced: undefined }, { stop, abort: stop });
    await clock.pass(BEGIN + 2 * MINUTE);
    expect(await exporting).toMatchObject({ kind: 'pending' });
    const { ledger, runner } = simulation;
    expect((await ledger.conversations.get(runner.id, id))?.state).toBe('active');
    // Its end, what comes late to it, and two polls.
    await clock.pass(call.terminalAt / 1_000 + (SETTLES[provider] + 1) * MINUTE + MINUTE);
    expect([...collector.arrivals.keys()]).toEqual([id]);
  });

  test('and that no list has shown is looked after too', async () => {
    const { clock, book, collector, simulation, add } = await setUp({
      vendor: { listed: () => ({ conversations: [], has_more: false }) },
    });
    const [id = ''] = add(1, BEGIN + MINUTE, BEGIN + MINUTE, 'ordinary');
    await simulation.start();
    await clock.pass(BEGIN + MINUTE + 20_000);
    const stop = new AbortController().signal;
    const exporting = simulation.runner.export({ id, forced: undefined }, { stop, abort: stop });
    await clock.pass(BEGIN + MINUTE + 25_000);
    expect(await exporting).toMatchObject({ kind: 'pending' });
    const end = (book.call(id)?.terminalAt ?? 0) / 1_000;
    await clock.pass(end + 10 * MINUTE);
    expect([...collector.arrivals.keys()]).toEqual([id]);
  });
});
