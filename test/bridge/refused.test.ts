import { describe, expect, test } from 'vitest';
import { type HttpError, HttpStatusError, RedirectError, UnavailableError } from '../../src/http/errors.ts';
import { BEGIN, laneWorlds } from './runner-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const setUp = laneWorlds();

const REFUSALS: readonly (readonly [string, HttpError])[] = [
  ['401', new HttpStatusError('GET /simulated', 401, { code: 'unauthorized' })],
  ['403', new HttpStatusError('GET /simulated', 403, { code: 'forbidden' })],
  ['429', new UnavailableError('GET /simulated', 5, { reason: 'answered 429', status: 429 })],
  ['a redirect', new RedirectError('GET /simulated', 302, 'http://elsewhere.example/login')],
];

describe('a vendor that answers one conversation alone with', () => {
  test.each(REFUSALS.slice(1, 3))(
    '%s: the others are not delayed, it is a dead letter in the end, and told so',
    async (_, error) => {
      let bad = '';
      const { clock, vendor, collector, simulation, add, tallies, lines } = await setUp({
        vendor: { fail: (_, id) => (id === bad ? error : undefined) },
      });
      const ids = add(100, BEGIN, BEGIN + 16 * HOUR);
      bad = ids[20] ?? '';
      await simulation.start();
      // A call every ten minutes, the longest of which lasts some minutes.
      for (let hour = 1; hour <= 16; hour++) {
        await clock.pass(BEGIN + hour * HOUR);
        expect(collector.arrivals.size).toBeGreaterThanOrEqual(Math.floor((hour * 100) / 16) - 4);
      }
      await clock.pass(BEGIN + 17 * HOUR);
      expect(await tallies()).toMatchObject({ delivered: 99, dead: 1 });
      expect(collector.repeated).toEqual([]);
      expect(vendor.requests.get).toBeLessThan(100 + 20);
      const errors = lines('error');
      expect(errors.at(-1)).toMatchObject({ message: 'dead letter', fields: { conversation: bad } });
      expect(errors.length).toBeLessThanOrEqual(2);
    },
  );

  test.each(REFUSALS.slice(1, 3))(
    '%s: a backlog of hundreds is delivered within minutes all the same',
    async (_, error) => {
      let bad = '';
      const { clock, simulation, add, tallies } = await setUp({
        vendor: { fail: (_, id) => (id === bad ? error : undefined) },
      });
      bad = add(200, BEGIN - 20 * HOUR, BEGIN - HOUR)[190] ?? '';
      await simulation.start();
      await clock.pass(BEGIN + 10 * MINUTE);
      expect((await tallies()).delivered).toBe(199);
    },
  );
});

describe('a dozen conversations, the latest, that the vendor always answers with', () => {
  const FAILURES = [
    ...REFUSALS.slice(1, 2),
    ['500', new UnavailableError('GET /simulated', 5, { reason: 'answered 500', status: 500 })],
  ] as const;
  test.each(FAILURES)(
    '%s: those behind them are delivered within the hour, and those are dead letters',
    async (_, error) => {
      const bad = new Set<string>();
      const { clock, simulation, add, tallies, lines } = await setUp({
        vendor: { fail: (_, id) => (bad.has(id) ? error : undefined) },
      });
      for (const id of add(300, BEGIN - 20 * HOUR, BEGIN + 20 * HOUR).slice(140, 152)) bad.add(id);
      await clock.pass(BEGIN + 2 * HOUR);
      await simulation.start();
      await clock.pass(BEGIN + 3 * HOUR);
      expect((await tallies()).delivered).toBeGreaterThan(150);
      await clock.pass(BEGIN + 30 * HOUR);
      expect(await tallies()).toMatchObject({ delivered: 288 });
      expect((await tallies()).dead).toBeGreaterThan(9);
      expect(lines('error').filter(({ message }) => message !== 'dead letter').length).toBeLessThanOrEqual(
        12,
      );
    },
  );
});

describe('a vendor that lists, and answers every conversation with', () => {
  test.each(REFUSALS)(
    '%s: is told once, left alone, and all is delivered when that is over',
    async (_, error) => {
      let isRefused = true;
      const { clock, vendor, simulation, add, tallies, lines } = await setUp({
        vendor: { fail: (route) => (isRefused && route === 'get' ? error : undefined) },
      });
      add(60, BEGIN - 20 * HOUR, BEGIN + 2 * HOUR);
      await simulation.start();
      await clock.pass(BEGIN + 3 * HOUR);
      expect(lines('error')).toHaveLength(1);
      expect(lines('warn')).toEqual([]);
      expect(vendor.requests.get).toBeLessThan(3 * 12 * 4 + 20);
      isRefused = false;
      await clock.pass(BEGIN + 3.5 * HOUR);
      expect(await tallies()).toMatchObject({ delivered: 60, dead: 0 });
    },
  );
});
