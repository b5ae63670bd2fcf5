import { describe, expect, test } from 'vitest';
import { VendorClock } from '../../src/vendors/vendor-clock.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The true time. */
const NOW = Date.UTC(2026, 2, 1, 12);

/** A source's time, where our clock and the vendor's are off the true one by so much. */
function clocks({ ours = 0, theirs }: { ours?: number; theirs?: number }): VendorClock {
  const clock = { now: () => NOW + ours, sleep: async () => undefined, random: () => 0 };
  return new VendorClock(clock, { skewMs: theirs === undefined ? undefined : theirs - ours });
}

describe('two clocks that are near each other', () => {
  test.each([-59 * MINUTE, -2 * SECOND, 0, 30 * SECOND, 59 * MINUTE])(
    'the vendor’s, off by %d ms, is the source’s; the earlier one is what has surely passed',
    (theirs) => {
      const time = clocks({ theirs });
      expect(time.now()).toBe(NOW + theirs);
      expect(time.surelyNow()).toBe(Math.min(NOW, NOW + theirs));
      expect(time.trouble).toBeUndefined();
    },
  );

  test('without an answer yet there is only ours', () => {
    expect(clocks({}).now()).toBe(NOW);
    expect(clocks({}).surelyNow()).toBe(NOW);
  });
});

describe('two clocks that are far apart: once a conversation of a minute ago was seen, the right one is used', () => {
  test.each([
    [
      'the vendor’s is ten days ahead',
      { theirs: 10 * DAY },
      /10 d ahead of this machine's; this machine's clock is used/,
    ],
    [
      'the vendor’s is ten days behind',
      { theirs: -10 * DAY },
      /10 d behind this machine's; this machine's clock is used/,
    ],
    ['the vendor’s is two hours behind', { theirs: -2 * HOUR }, /2 h behind/],
    [
      'the vendor’s is years ahead',
      { theirs: 3650 * DAY },
      /ahead of this machine's; this machine's clock is used/,
    ],
    [
      'ours is ten days ahead',
      { ours: 10 * DAY, theirs: 0 },
      /10 d behind this machine's; the vendor's clock is used/,
    ],
    [
      'ours is ten days behind',
      { ours: -10 * DAY, theirs: 0 },
      /10 d ahead of this machine's; the vendor's clock is used/,
    ],
    ['ours is that of a machine without a battery', { ours: -NOW, theirs: 0 }, /the vendor's clock is used/],
  ])('%s', (_, off, said) => {
    const time = clocks(off);
    time.saw(NOW - MINUTE);
    expect(time.now()).toBe(NOW);
    expect(time.surelyNow()).toBe(NOW);
    expect(time.trouble).toMatch(said);
  });
});

describe('a moment that a vendor tells', () => {
  test('in the far future proves nothing against any clock', () => {
    const time = clocks({ theirs: -10 * DAY });
    time.saw(Date.UTC(2199, 0));
    time.saw(Number.POSITIVE_INFINITY);
    time.saw(Number.NaN);
    time.saw(undefined);
    expect(time.surelyNow()).toBe(NOW - 10 * DAY);
    time.saw(NOW - MINUTE);
    expect(time.surelyNow()).toBe(NOW);
  });

  test('of long ago leaves both clocks possible: what has passed by the earlier has surely passed', () => {
    const time = clocks({ theirs: -10 * DAY });
    time.saw(NOW - 30 * DAY);
    expect(time.surelyNow()).toBe(NOW - 10 * DAY);
  });
});
