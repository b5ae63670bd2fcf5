import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/metrics/summary.ts';
import { Foremost, isSelected } from '../../src/report/selection.ts';

const CALL: Summary = {
  agent: { id: 'agent_1', name: 'Front Desk', version: 'v3' },
  outcome: 'completed',
  startedAt: 0,
  waits: { first: 900, median: 1_000, longest: 2_000, buckets: [] },
  turns: 1,
  unanswered: 0,
  tools: 0,
};

describe('a conversation is looked for', () => {
  test('by the id of its agent, or its name in whatever case', () => {
    expect(isSelected(CALL, { agent: 'agent_1' })).toBe(true);
    expect(isSelected(CALL, { agent: 'front desk' })).toBe(true);
    expect(isSelected(CALL, { agent: 'AGENT_1' })).toBe(false);
    expect(isSelected({ ...CALL, agent: {} }, { agent: 'front desk' })).toBe(false);
  });

  test('by version and outcome', () => {
    expect(isSelected(CALL, { version: 'v3', outcome: 'completed' })).toBe(true);
    expect(isSelected(CALL, { version: 'v2' })).toBe(false);
    expect(isSelected(CALL, { outcome: 'failed' })).toBe(false);
  });

  test('by a wait that was longer, which none is of which no wait is known', () => {
    expect(isSelected(CALL, { slowerThan: 1_999 })).toBe(true);
    expect(isSelected(CALL, { slowerThan: 2_000 })).toBe(false);
    const { waits, ...silent } = CALL;
    expect(isSelected(silent, { slowerThan: 0 })).toBe(false);
  });
});

test('the first of many are those that sorting all of them would give', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(50), { maxLength: 5_000 }),
      fc.integer({ min: 1, max: 40 }),
      (values, limit) => {
        const foremost = new Foremost<{ value: number; place: number }>(limit, ({ value }) => value);
        const rows = values.map((value, place) => ({ value, place }));
        for (const row of rows) foremost.add(row);
        expect(foremost.rows).toEqual(
          rows.toSorted((one, other) => other.value - one.value || one.place - other.place).slice(0, limit),
        );
      },
    ),
    { numRuns: 50 },
  );
});
