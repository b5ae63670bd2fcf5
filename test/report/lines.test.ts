import { describe, expect, test } from 'vitest';
import type { Summary } from '../../src/metrics/summary.ts';
import { Comparison, shareOver, waitQuantile } from '../../src/report/comparison.ts';
import { comparisonLines } from '../../src/report/comparison-lines.ts';
import { type ListedConversation, listCsv, listLines } from '../../src/report/conversation-list.ts';
import { widthOf } from '../../src/show/text-width.ts';

const AT = Date.UTC(2026, 10, 20, 12, 3);
const CALL: Summary = {
  agent: { id: 'agent_1', name: '東京 Front Desk with a name that goes on and on', version: 'v3' },
  outcome: 'completed',
  startedAt: AT,
  duration: 3_725_000,
  waits: { first: 812, median: 1_204, longest: 17_100, buckets: [0, 0, 3, 0, 1] },
  turns: 15,
  unanswered: 1,
  tools: 12,
  toolsFailed: 1,
  costUsd: 12.3,
};
const BARE: Summary = { agent: {}, outcome: 'time_limit', startedAt: AT, turns: 0, unanswered: 0, tools: 3 };

function row(summary: Summary, id = 'conv_2136vhz7xqdh9ykvvbm1x9zzdyqe'): ListedConversation {
  return {
    source: 'clinic',
    provider: 'elevenlabs',
    id,
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    summary,
  };
}

describe('a list on a terminal', () => {
  test('holds at 80 columns, whatever the names are', () => {
    const lines = listLines([row(CALL), row(BARE), row(CALL, 'c'.repeat(200))], 80);
    for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(80);
    expect(lines).toHaveLength(7);
    expect(lines[0]).toMatch(/^Began \(UTC\) +Agent .*Outcome$/);
    expect(lines[1]).toMatch(
      /^2026-11-20 12:03 東京 F.*… +1:02:05 +0\.8 +1\.2 +17\.1 +1\/15 +1\/12 +\$12\.30 completed$/,
    );
    expect(lines[2]).toBe('  conv_2136vhz7xqdh9ykvvbm1x9zzdyqe  trace 4bf92f3577b34da6a3ce929d0e0e4736');
  });

  test('says nothing of what is not known: no 0 where nobody has counted', () => {
    expect(listLines([row(BARE)], 110)[1]).toMatch(
      /^2026-11-20 12:03 +– +– +– +– +– +– +\?\/3 +– +time_limit$/,
    );
  });

  test('has the ids beside the numbers where there is room', () => {
    const lines = listLines([row(CALL)], 200);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/completed +conv_2136\w+ +4bf92f35\w+$/);
  });

  test('is steered by no name', () => {
    const evil = { ...CALL, agent: { name: '\u001b[31mred\u202e\n' } };
    for (const line of listLines([row(evil, 'a\u009bb')], 80)) expect(line).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});

describe('a list as CSV', () => {
  test('has a header, also where nothing is in it, and quotes what has to be', () => {
    expect(listCsv([]).split('\r\n')[0]).toMatch(/^conversation,source,provider,traceId,start,agent,/);
    const named = { ...CALL, agent: { name: 'One, "two"' } };
    expect(listCsv([row(named)]).split('\r\n')[1]).toContain(',"One, ""two""",');
  });

  test('has no cell that a spreadsheet would run', () => {
    const formula = { ...CALL, agent: { name: '=HYPERLINK("http://evil")' } };
    expect(listCsv([row(formula)])).toContain(`"'=HYPERLINK(""http://evil"")"`);
  });
});

describe('a comparison', () => {
  const compared = (by: 'agent' | 'week', ...summaries: readonly Summary[]) => {
    const comparison = new Comparison(by, 2);
    for (const summary of summaries) comparison.add(summary, 'clinic');
    return comparison.groups(by);
  };
  const slow = {
    ...CALL,
    agent: { name: 'Slow' },
    waits: { ...CALL.waits, buckets: [...Array(12).fill(0), 4] },
  };

  test('adds waits up exactly, and puts those first that keep callers waiting', () => {
    const groups = compared('agent', CALL, slow as Summary, CALL);
    expect(groups.map(({ key }) => key)).toEqual(['Slow', CALL.agent.name]);
    expect(groups.map(shareOver)).toEqual([1, 0]);
    expect(groups.map(({ waits }) => waits)).toEqual([4, 8]);
    expect(waitQuantile(groups[1] as (typeof groups)[0], 0.5)).toBeCloseTo(0.2 + (0.1 * 4) / 6);
  });

  test('knows weeks from Monday to Sunday, in order', () => {
    const at = (day: number) => ({ ...BARE, startedAt: Date.UTC(2026, 10, day, 23, 59) });
    expect(
      compared('week', at(23), at(22), at(16), at(15)).map(({ key, conversations }) => [key, conversations]),
    ).toEqual([
      ['2026-11-09', 1],
      ['2026-11-16', 2],
      ['2026-11-23', 1],
    ]);
  });

  test('takes a wait of exactly the objective for one that keeps it', () => {
    const buckets = [...Array(10).fill(0), 1];
    expect(
      compared('agent', { ...CALL, waits: { first: 2_000, median: 2_000, longest: 2_000, buckets } })[0]
        ?.over,
    ).toBe(0);
    expect(() => new Comparison('agent', 1.9)).toThrow(RangeError);
  });

  test('holds at 80 columns, with a picture of every wait', () => {
    const lines = comparisonLines(compared('agent', CALL, slow as Summary), {
      by: 'agent',
      objective: 2,
      columns: 80,
    });
    for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(80);
    expect(lines[2]).toContain('  █ ▃      │         ');
  });

  test('says nothing of groups without waits, costs or known failures', () => {
    const [, line] = comparisonLines(compared('agent', BARE), { by: 'agent', objective: 2, columns: 80 });
    expect(line).toMatch(/no agent +1 +│ +– +– +– +– +– +–$/);
  });
});
