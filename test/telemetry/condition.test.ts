import { beforeEach, describe, expect, test } from 'vitest';
import type { Destination } from '../../src/delivery/endpoint.ts';
import { Condition } from '../../src/telemetry/condition.ts';

const MINUTE = 60_000;
const BEGAN = Date.UTC(2026, 0, 1);

const to = (tracesUrl: string): Destination => ({
  tracesUrl,
  headers: { authorization: 'Bearer secret' },
  timeoutMs: 1_000,
  compression: 'gzip',
});

const near = to('http://localhost:4318/v1/traces');
const far = to('https://collector.example/v1/traces?token=secret');

let condition: Condition;

beforeEach(() => {
  condition = new Condition(['voice', 'video'], [near, near, far], BEGAN);
});

const listed = (at: number, complete = true) => ({ at, next: at + MINUTE, complete });

describe('readiness', () => {
  test('waits for the first complete poll of every source', () => {
    expect(condition.missing).toEqual([
      'the source voice has not been listed yet',
      'the source video has not been listed yet',
    ]);
    condition.polled('voice', listed(BEGAN));
    condition.polled('video', listed(BEGAN, false));
    expect(condition.missing).toEqual(['the source video has not been listed yet']);
    condition.polled('video', listed(BEGAN + MINUTE));
    expect(condition.missing).toEqual([]);
  });

  test('is not lost because a later poll fails: that is the vendor’s, and is on the lag', () => {
    for (const name of ['voice', 'video']) condition.polled(name, listed(BEGAN));
    condition.polled('voice', listed(BEGAN + MINUTE, false));
    expect(condition.missing).toEqual([]);
    expect(condition.completePoll('voice')).toBe(BEGAN);
  });

  test('is lost while a collector is away, which is named without its secrets', () => {
    for (const name of ['voice', 'video']) condition.polled(name, listed(BEGAN));
    condition.away(far, 'answered 503');
    expect(condition.missing).toEqual(['the collector collector.example:443 is away: answered 503']);
    condition.away(far, 'answered 400 with a page: Sign in');
    expect(condition.missing).toEqual([
      'the collector collector.example:443 is away: answered 400 with a page: Sign in',
    ]);
    condition.back(far);
    expect(condition.missing).toEqual([]);
  });

  test('is in doubt while it is not certain that a collector answers, and the collector is not away for that', () => {
    for (const name of ['voice', 'video']) condition.polled(name, listed(BEGAN));
    condition.doubt(near, 'the answer broke off');
    expect(condition.missing).toEqual(['the collector localhost:4318 may be none: the answer broke off']);
    expect(condition.collectors.every(({ up }) => up)).toBe(true);
    condition.doubt(near, undefined);
    expect(condition.missing).toEqual([]);
  });
});

describe('a collector', () => {
  test('is one place, however many sources deliver there', () => {
    expect(condition.collectors).toEqual([
      { host: 'localhost', port: 4318, up: true },
      { host: 'collector.example', port: 443, up: true },
    ]);
  });

  test('is up again when it is back for all who found it away', () => {
    const other = to(near.tracesUrl);
    condition.away(near, 'answered 503');
    condition.away(other, 'answered 503');
    condition.back(near);
    expect(condition.collectors[0]?.up).toBe(false);
    condition.back(other);
    expect(condition.collectors[0]?.up).toBe(true);
  });
});

describe('a source is stuck', () => {
  test('when it is overdue for more than ten minutes', () => {
    for (const name of ['voice', 'video']) condition.polled(name, listed(BEGAN));
    expect(condition.stuck(BEGAN + 11 * MINUTE)).toBeUndefined();
    condition.polled('video', listed(BEGAN + 5 * MINUTE));
    expect(condition.stuck(BEGAN + 12 * MINUTE)).toBe('the source voice has been overdue for 11 min');
  });

  test('not while a vendor answers: a long list is walked for hours', () => {
    for (let minute = 0; minute <= 60; minute += 5) {
      for (const name of ['voice', 'video']) condition.signOfLife(name, BEGAN + minute * MINUTE);
      expect(condition.stuck(BEGAN + (minute + 4) * MINUTE)).toBeUndefined();
    }
    expect(condition.stuck(BEGAN + 71 * MINUTE)).toContain('overdue');
  });

  test('not while a vendor has asked to be left alone', () => {
    for (const name of ['voice', 'video']) {
      condition.polled(name, { at: BEGAN, next: BEGAN + 60 * MINUTE, complete: false });
      condition.signOfLife(name, BEGAN + MINUTE);
    }
    expect(condition.stuck(BEGAN + 65 * MINUTE)).toBeUndefined();
  });

  test('when it has never done anything', () => {
    expect(condition.stuck(BEGAN + 11 * MINUTE)).toBe('the source voice has been overdue for 11 min');
  });
});
