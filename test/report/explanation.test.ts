import { describe, expect, test } from 'vitest';
import { simulateCall } from '../../sandbox/index.ts';
import type { Conversation, PhaseName, Turn, Wait } from '../../src/conversation.ts';
import { LATENCY_BOUNDARIES } from '../../src/metrics/definitions.ts';
import type { Series } from '../../src/metrics/series.ts';
import { explanationLines, slowWaits } from '../../src/report/explanation.ts';
import { finalPayload, translatePayload } from '../trace/sandbox-calls.ts';

const call = simulateCall({
  ...{ provider: 'elevenlabs', seed: 7, index: 0, scenario: 'ordinary' },
  startAt: Date.UTC(2026, 10, 20),
});
const conversation = translatePayload('elevenlabs', finalPayload(call), call.id)
  ?.conversation as Conversation;

const millis = (ms: number) => BigInt(ms) * 1_000_000n;

/** The conversation, with one wait in it. */
function waiting(ms: number, phases: readonly (readonly [PhaseName, number])[]): Conversation {
  const turn = conversation.turns.find(({ wait }) => wait !== undefined) as Turn & { wait: Wait };
  const { start, end } = turn.wait;
  const wait: Wait = {
    ...{ start, end, length: millis(ms) },
    phases: phases.map(([name, length]) => ({ name, start, end, length: millis(length) })),
  };
  return { ...conversation, turns: [{ ...turn, number: 4, agent: { id: 'agent_1' }, wait }] };
}

function usual(phase: string, buckets: Readonly<Record<number, number>>, agent = 'agent_1'): Series {
  return {
    ...{
      key: `${phase} ${agent}`,
      metric: 'callspan.phase.latency',
      start: 0,
      count: 0n,
      sum: 0n,
      exemplars: [],
    },
    labels: { 'callspan.source': 'clinic', 'gen_ai.agent.id': agent, 'callspan.phase': phase },
    buckets: LATENCY_BOUNDARIES.concat(0).map((_, place) => buckets[place] ?? 0),
  };
}

const explained = (what: Conversation, series: readonly Series[] = []) =>
  slowWaits(what, { series, source: 'clinic', objective: 2 });

describe('a slow wait', () => {
  test('is explained by the phase that takes the most of it, and what changes that', () => {
    const [slow] = explained(
      waiting(4_200, [
        ['llm_ttfb', 2_900],
        ['tts_ttfb', 300],
      ]),
    );
    expect(slow).toMatchObject({ exchange: 4, seconds: 4.2, part: 'llm_ttfb', partSeconds: 2.9 });
    expect(slow?.advice).toMatch(/faster model/);
  });

  test('counts a model that was asked several times as one part', () => {
    const phases = [
      ['llm_ttfb', 900],
      ['tool_wait', 1_300],
      ['llm_ttfb', 800],
    ] as const;
    expect(explained(waiting(3_100, phases))[0]).toMatchObject({ part: 'llm_ttfb', partSeconds: 1.7 });
  });

  test('may be explained by nothing that the vendor tells', () => {
    expect(explained(waiting(3_000, [['asr', 200]]))[0]).toMatchObject({
      part: 'unexplained',
      partSeconds: 2.8,
    });
    expect(explained(waiting(3_000, []))[0]?.advice).toMatch(/network, telephony/);
  });

  test('is set against what is usual for this agent, where enough is known', () => {
    const told = waiting(4_200, [['llm_ttfb', 2_900]]);
    const own = usual('llm_ttfb', { 4: 97, 13: 3 });
    expect(explained(told, [own, usual('llm_ttfb', { 13: 500 }, 'agent_2')])[0]?.usual).toMatchObject({
      count: 100,
      shorter: 0.97,
    });
    expect(explained(told, [usual('llm_ttfb', { 4: 19 })])[0]?.usual).toBeUndefined();
    expect(explained(told, [usual('asr', { 4: 500 })])[0]?.usual).toBeUndefined();
  });

  test('is none where it is as long as the objective', () => {
    expect(explained(waiting(2_000, [['asr', 1_900]]))).toEqual([]);
  });
});

test('what is explained is a sentence each, and what has no length is told too', () => {
  const told = waiting(4_200, [['llm_ttfb', 2_900]]);
  const unknown = { ...(told.turns[0] as Turn), wait: undefined, unmeasured: true } as unknown as Turn;
  const silent = { ...(told.turns[0] as Turn), wait: undefined, silence: millis(9_000) } as unknown as Turn;
  const all = { ...told, turns: [...told.turns, unknown, silent] };
  const lines = explanationLines(all, explained(all, [usual('llm_ttfb', { 4: 100 })]), 2);
  expect(lines.slice(0, 6)).toEqual([
    `${call.id}: 1 of 1 waits took longer than 2 s.`,
    'Of 1 more the vendor does not tell the length.',
    '1 times nothing answered the caller at all: that is no wait, and worse.',
    '',
    'Exchange 4: 4.20 s, of which llm_ttfb 2.90 s (69 %).',
    "This agent's median for it is 0.60 s; nearly all of its 100 were shorter.",
  ]);
});
