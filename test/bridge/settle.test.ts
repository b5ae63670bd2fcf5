import { describe, expect, test } from 'vitest';
import { type Finding, looked, type Reading, settleFirst, settleLook } from '../../src/bridge/settle.ts';
import { LONGEST_CONVERSATION, MOST_ATTEMPTS } from '../../src/intake/schedule.ts';
import type { Due } from '../../src/ledger/records.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 3, 1);
const AT: Reading = { now: NOW, surelyNow: NOW, random: 0.5, hasLateEvents: true };

const SENT = { traceId: 'a'.repeat(32), spans: 7, shape: 'b'.repeat(32), late: ['c'.repeat(16)] };

function due(changes: Partial<Due> = {}): Due {
  return {
    ...{ id: 'c1', state: 'due', dueAt: NOW, startedAt: NOW - 2 * HOUR, endedAt: NOW - 1.5 * HOUR },
    ...{ firstSeenAt: NOW - 2 * HOUR, attempts: 0, reason: undefined, sent: undefined, traceId: undefined },
    ...changes,
  };
}
const delivered = (changes: Partial<Due> = {}) => ({
  ...due({ state: 'delivered', ...changes }),
  sent: SENT,
});
const failed = (changes: Partial<Extract<Finding, { kind: 'failed' }>> = {}): Finding => ({
  ...{ kind: 'failed', reason: 'status 500', othersPass: true, retryAfterMs: 0 },
  ...changes,
});

describe('a conversation that is still to be delivered', () => {
  test('that has not ended is left alone for a quarter of its age, and no attempt is counted', () => {
    const { settlement, processed } = settleFirst(due(), { kind: 'pending', reason: 'in progress' }, AT);
    expect(settlement).toMatchObject({ kind: 'postponed', due: NOW + 0.5 * HOUR, attempts: 0 });
    expect(processed).toEqual({ kind: 'pending', reason: 'in progress' });
  });

  test('that says when it may be complete is asked for then', () => {
    const finding: Finding = { kind: 'pending', reason: 'settling', notBefore: NOW + 5 * MINUTE };
    expect(settleFirst(due(), finding, AT).settlement).toMatchObject({ due: NOW + 5 * MINUTE });
  });

  test('that never ends is empty in the end, and says so', () => {
    const old = due({ startedAt: NOW - LONGEST_CONVERSATION - 1, endedAt: undefined });
    const { settlement } = settleFirst(old, { kind: 'pending', reason: 'initiated' }, AT);
    expect(settlement).toMatchObject({ kind: 'empty', reason: 'never ended (initiated)' });
  });

  test.each(['empty', 'gone'] as const)('that is %s just after its end is asked for twice', (kind) => {
    const fresh = due({ endedAt: NOW - MINUTE });
    const first = settleFirst(fresh, { kind, reason: 'nothing there' }, AT);
    expect(first.settlement).toMatchObject({ kind: 'postponed', due: NOW + 2 * MINUTE, attempts: 1 });
    const second = settleFirst({ ...fresh, attempts: 1 }, { kind, reason: 'nothing there' }, AT);
    expect(second.settlement).toMatchObject({ kind, reason: 'nothing there' });
    expect(second.line).toMatchObject({ level: 'info', message: kind });
  });

  test('that was delivered before stays delivered, whatever the vendor shows of it now', () => {
    const again = due({ sent: SENT });
    const { settlement, processed } = settleFirst(again, { kind: 'gone', reason: 'deleted' }, AT);
    expect(settlement).toMatchObject({ kind: 'delivered', ...SENT });
    expect(processed).toEqual({ kind: 'gone', reason: 'deleted' });
  });

  test('that failed by itself comes again after a pause that grows, or as long as was asked for', () => {
    const { settlement, line } = settleFirst(due(), failed(), AT);
    expect(settlement).toMatchObject({ kind: 'postponed', due: NOW + 2_000, attempts: 1 });
    expect(line).toMatchObject({ level: 'warn', message: 'not delivered yet' });
    const asked = settleFirst(due(), failed({ retryAfterMs: HOUR }), AT);
    expect(asked.settlement).toMatchObject({ due: NOW + HOUR });
  });

  test('that fails ten times while others pass is a dead letter', () => {
    const tried = due({ attempts: MOST_ATTEMPTS - 1 });
    expect(settleFirst(tried, failed(), AT)).toMatchObject({
      settlement: { kind: 'dead', reason: 'status 500 (10 attempts)' },
      line: { level: 'error', message: 'dead letter' },
    });
  });

  test('is not given up while nothing else passes, but for one that has been known for a week', () => {
    const tried = due({ attempts: 50 });
    expect(settleFirst(tried, failed({ othersPass: false }), AT).settlement.kind).toBe('postponed');
    const old = { ...tried, firstSeenAt: NOW - LONGEST_CONVERSATION - 1 };
    expect(settleFirst(old, failed({ othersPass: false }), AT).settlement.kind).toBe('dead');
  });

  test('that is hopeless is a dead letter at once', () => {
    const finding: Finding = { kind: 'hopeless', reason: 'it could not be translated' };
    expect(settleFirst(due(), finding, AT).settlement).toMatchObject({
      kind: 'dead',
      reason: finding.reason,
    });
  });

  test('that waits for others goes behind those that have not failed, and is not blamed further', () => {
    const finding: Finding = { kind: 'waiting', reason: 'away', pauseMs: MINUTE };
    expect(settleFirst(due(), finding, AT).settlement).toMatchObject({ due: NOW + MINUTE, attempts: 1 });
    expect(settleFirst(due({ attempts: 4 }), finding, AT).settlement).toMatchObject({ attempts: 4 });
  });
});

describe('a later look at what was delivered', () => {
  test.each<Finding>([
    { kind: 'pending', reason: 'in progress' },
    { kind: 'empty', reason: 'nothing there' },
    { kind: 'gone', reason: 'deleted' },
    { kind: 'hopeless', reason: 'refused' },
  ])('leaves it delivered where it finds it $kind', (finding) => {
    const { settlement, processed, line } = settleLook(delivered(), finding, AT);
    expect(settlement).toMatchObject({ kind: 'delivered', observations: [], ...SENT });
    expect(processed).toEqual({ kind: 'looked', traceId: SENT.traceId });
    expect(line).toBeUndefined();
  });

  test('that fails is made again, and is given up where it fails ten times', () => {
    expect(settleLook(delivered(), failed(), AT).settlement).toMatchObject({
      kind: 'postponed',
      attempts: 1,
    });
    const last = delivered({ attempts: MOST_ATTEMPTS - 1 });
    expect(settleLook(last, failed(), AT).settlement).toMatchObject({ kind: 'delivered', ...SENT });
  });

  test('comes half an hour and a day after the end, by our clock, and not where nothing can come late', () => {
    const ended = delivered({ endedAt: NOW - HOUR });
    expect(looked(ended, SENT, AT).settlement).toMatchObject({ due: NOW + 23 * HOUR });
    const behind = { ...AT, surelyNow: NOW - 10 * MINUTE };
    expect(looked(ended, SENT, behind).settlement).toMatchObject({ due: NOW + 23 * HOUR + 10 * MINUTE });
    expect(looked(ended, SENT, { ...AT, hasLateEvents: false }).settlement).toMatchObject({ due: undefined });
  });
});
