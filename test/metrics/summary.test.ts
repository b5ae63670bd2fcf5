import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Provider, simulateCall, truth } from '../../sandbox/index.ts';
import { agentKey, readAgentKey, readSummaryText, summaryText } from '../../src/ledger/summary-text.ts';
import { observe } from '../../src/metrics/observe.ts';
import { summarize, waitCount } from '../../src/metrics/summary.ts';
import { payloadOn, translatePayload } from '../trace/sandbox-calls.ts';

const AT = Date.UTC(2026, 10, 20);

function told(provider: Provider, index: number) {
  const call = simulateCall({ provider, seed: 77, index, startAt: AT });
  const facts = truth(call);
  if (facts.fate !== 'exported') return undefined;
  const translated = translatePayload(provider, payloadOn('with a trace', call), facts.id);
  if (translated === undefined) throw new Error(`${facts.id} was not translated`);
  const { conversation, waitIds } = translated;
  const observations = observe(conversation, { source: provider, waitIds, deliveredAt: conversation.end });
  return { facts, summary: summarize(conversation, observations) };
}

describe.each(['elevenlabs', 'tavus'] as const)('what is kept of a conversation of %s', (provider) => {
  const all = Array.from({ length: 200 }, (_, index) => told(provider, index)).filter(
    (one) => one !== undefined,
  );

  test('is what happened: its waits, the first, the median and the longest', () => {
    expect(all.length).toBeGreaterThan(100);
    for (const { facts, summary } of all) {
      const waits = facts.waits.map(({ seconds }) => seconds);
      expect([facts.id, waitCount(summary.waits)]).toEqual([facts.id, waits.length]);
      if (summary.waits === undefined) continue;
      const sorted = waits.toSorted((one, other) => one - other);
      const { first, median, longest } = summary.waits;
      expect(first / 1000).toBeCloseTo(waits[0] ?? Number.NaN, 2);
      expect(longest / 1000).toBeCloseTo(sorted.at(-1) ?? Number.NaN, 2);
      const middle = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
      expect(median / 1000).toBeCloseTo(middle, 2);
    }
  });

  test('counts tools, and failed ones only where the vendor tells of them', () => {
    for (const { facts, summary } of all) {
      expect([facts.id, summary.tools]).toEqual([facts.id, facts.tools.length]);
      if (provider === 'tavus') expect(summary.toolsFailed).toBeUndefined();
      else expect(summary.toolsFailed).toBe(facts.tools.filter(({ error }) => error !== undefined).length);
    }
  });
});

const millis = fc.nat({ max: 1e10 });
const summary = fc.record(
  {
    outcome: fc.constantFrom('failed', 'no_user', 'time_limit', 'completed', 'unknown'),
    duration: millis,
    waits: fc.record({ first: millis, median: millis, longest: millis, buckets: fc.array(fc.nat()) }),
    turns: fc.nat(),
    unanswered: fc.nat(),
    tools: fc.nat(),
    toolsFailed: fc.nat(),
    costUsd: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((cost) => cost + 0),
  },
  { requiredKeys: ['outcome', 'turns', 'unanswered', 'tools'] },
);

test('a summary is kept as a short text and read back the same', () => {
  fc.assert(
    fc.property(summary, (one) => {
      expect(readSummaryText(summaryText(one))).toEqual(one);
    }),
  );
});

test('an agent is kept once, whatever is in its name, and read back the same', () => {
  const text = fc.string({ unit: 'binary' });
  const agent = fc.record({ id: text, name: text, version: text }, { requiredKeys: [] });
  fc.assert(
    fc.property(agent, (one) => {
      expect(readAgentKey(agentKey(one))).toEqual(one);
    }),
  );
});
