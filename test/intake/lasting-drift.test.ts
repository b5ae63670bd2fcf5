import { describe, expect, test } from 'vitest';
import { LastingDrift } from '../../src/intake/lasting-drift.ts';
import { BEGIN, laneWorlds } from '../bridge/runner-world.ts';

const HOUR = 3_600_000;

describe('what a list has that callspan does not know', () => {
  test('is news once, in however many walks it is', () => {
    const drift = new LastingDrift();
    expect(drift.walk().news(['a', 'a', 'b'])).toEqual(['a', 'a', 'b']);
    expect(drift.walk().news(['a', 'a', 'b'])).toEqual([]);
    expect(drift.walk().news(['a', 'a', 'a'])).toEqual(['a']);
  });

  test('is news again when it had gone from all that there is', () => {
    const drift = new LastingDrift();
    drift.walk().news(['a', 'a']);
    const walk = drift.walk();
    expect(walk.news(['a'])).toEqual([]);
    walk.wentOverAll();
    expect(drift.walk().news(['a', 'a'])).toEqual(['a']);
  });

  test('is no news because a short walk has not come by it', () => {
    const drift = new LastingDrift();
    drift.walk().news(['a', 'a']);
    drift.walk().news([]);
    expect(drift.walk().news(['a', 'a'])).toEqual([]);
  });

  test('that came while all was gone over is not news a second time', () => {
    const drift = new LastingDrift();
    const slow = drift.walk();
    slow.news(['a']);
    expect(drift.walk().news(['a', 'a'])).toEqual(['a']);
    slow.wentOverAll();
    expect(drift.walk().news(['a', 'a'])).toEqual([]);
  });

  test('takes no room without end, whatever names a vendor makes up', () => {
    const drift = new LastingDrift();
    const names = Array.from({ length: 5_000 }, (_, index) => `status ${index}`);
    expect(drift.walk().news(names)).toHaveLength(5_000);
    expect(drift.walk().news(names)).toEqual([]);
  });
});

const setUp = laneWorlds();

describe.each(['elevenlabs', 'tavus'] as const)('a bad row that stays in a list of %s', (provider) => {
  test('is counted once, however often the list is polled and swept', async () => {
    const listed = (page: unknown) => {
      const { conversations, data, ...rest } = page as Record<string, unknown>;
      const bad = [{ conversation_id: 'a\u0000b', status: 'done' }];
      return provider === 'tavus'
        ? { ...rest, data: (data as unknown[]).length > 0 ? [...(data as unknown[]), ...bad] : [] }
        : { ...rest, conversations: [...(conversations as unknown[]), ...bad] };
    };
    const { clock, simulation, add, vendor } = await setUp({ provider, vendor: { listed } });
    add(2, BEGIN - 2 * HOUR, BEGIN);
    const drift = new Map<string, number>();
    await simulation.start((names) => {
      for (const name of names) drift.set(name, (drift.get(name) ?? 0) + 1);
    });
    await clock.pass(BEGIN + 3 * HOUR);
    expect(vendor.requests.list).toBeGreaterThan(300);
    expect(drift.get('list row whose conversation_id is none')).toBe(1);
  });
});
