import { expect, it } from 'vitest';
import { observe } from '../../src/metrics/observe.ts';
import { summarize } from '../../src/trace/summary.ts';
import { row, talk, translate, wait } from '../vendors/elevenlabs/elevenlabs-payload.ts';

const SECOND = 1_000_000_000n;

/** A conversation of one wait of 2.1 s, of which the vendor tells three more things without saying where they belong. */
function told() {
  const { conversation, waitIds } = translate(
    talk([row('agent', 'Hello.', 0), row('user', 'Hi.', 4), row('agent', 'Yes?', 8, wait(2.1))]),
  );
  const unplaced = {
    waits: [3n * SECOND],
    phases: [{ name: 'llm_ttfb', length: SECOND }],
    usage: [{ model: 'gpt', input: 70, output: 5 }],
  } as const;
  return { conversation: { ...conversation, unplaced }, waitIds };
}

it('what belongs to no turn counts, by the conversation’s own agent', () => {
  const { conversation, waitIds } = told();
  const all = observe(conversation, { source: 's', waitIds, deliveredAt: conversation.end });
  const values = (metric: string) =>
    all.filter((one) => one.metric === metric).map(({ value }) => Number(value) / 1e9);
  expect(values('callspan.response.latency')).toEqual([2.1, 3]);
  expect(values('callspan.phase.latency')).toEqual([1]);
  expect(values('callspan.tokens')).toEqual([70, 5]);
});

it('a wait without a bar has no exemplar: there is no span to point at', () => {
  const { conversation, waitIds } = told();
  const waits = observe(conversation, { source: 's', waitIds, deliveredAt: conversation.end }).filter(
    ({ metric }) => metric === 'callspan.response.latency',
  );
  expect(waits.map(({ exemplar }) => exemplar?.spanId)).toEqual([waitIds[0], undefined]);
});

it('a search for slow conversations finds it by that too', () => {
  expect(summarize(told().conversation)).toMatchObject({
    'callspan.waits': 2,
    'callspan.wait.max_seconds': 3,
    'callspan.slow': true,
  });
});

it('a wait that the vendor measured elsewhere shows, and only what was measured counts', () => {
  const { conversation, waitIds } = told();
  const turns = conversation.turns.map((turn) =>
    turn.wait ? { ...turn, wait: { ...turn.wait, counts: false as const } } : turn,
  );
  const guessed = { ...conversation, turns };
  const waits = observe(guessed, { source: 's', waitIds, deliveredAt: conversation.end }).filter(
    ({ metric }) => metric === 'callspan.response.latency',
  );
  expect(waits.map(({ value }) => value)).toEqual([3n * SECOND]);
  expect(summarize(guessed)).toMatchObject({ 'callspan.waits': 1, 'callspan.wait.first_seconds': 3 });
});
