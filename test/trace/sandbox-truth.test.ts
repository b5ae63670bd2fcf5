import { describe, expect, it } from 'vitest';
import {
  type Call,
  type Provider,
  publishedCalls,
  scenarioNames,
  type Truth,
  truth,
} from '../../sandbox/index.ts';
import { comparable, factsOf } from './facts.ts';
import { finalPayload, sandboxCalls, translatePayload } from './sandbox-calls.ts';

const SEEDS = 6;

/** What the truth says that the vendor's payload does not, or says in whole seconds. */
function published(call: Call, facts: ReturnType<typeof comparable>): ReturnType<typeof comparable> {
  return call.provider === 'elevenlabs'
    ? { ...facts, silences: wholeSeconds(call, facts.silences.length) }
    : facts;
}

/** ElevenLabs publishes when a turn began, in whole seconds, and no end: the silence counts from there. */
function wholeSeconds(call: Call, count: number): number[] {
  // Nothing of it is published, or nothing of when the user typed.
  if (count === 0 && call.fate !== 'exported') return [];
  const second = (at: number) => Math.floor((at - call.start) / 1e6);
  const asks = (turn: Call['turns'][number]) => turn.speaker === 'user' && !turn.silent && !turn.backchannel;
  const silences = call.turns.flatMap((turn, place) => {
    if (!asks(turn)) return [];
    const after = call.turns.slice(place + 1);
    const next = after.find(asks);
    const between = next ? after.slice(0, after.indexOf(next)) : after;
    const isAnswer = ({ speaker, text, tools }: typeof turn) =>
      speaker === 'agent' && (text !== '' || tools.some((tool) => tool.parts));
    if (between.some(isAnswer)) return [];
    const silence = second(next?.start ?? call.end) - second(turn.start);
    return silence >= 8 ? [silence] : [];
  });
  expect(silences).toHaveLength(count);
  return silences;
}

/** In an order that does not depend on who lists them: calls of one row stand in the order of their spans. */
function ordered(facts: ReturnType<typeof comparable>) {
  const { llmUsd, answers, tools, ...rest } = facts;
  return {
    ...rest,
    answers: [...answers].sort(),
    tools: tools.map((tool) => JSON.stringify(tool, Object.keys(tool as object).sort())).sort(),
  };
}

function check(
  provider: Provider,
  payload: unknown,
  told: Truth,
  expected: ReturnType<typeof comparable>,
): void {
  const translated = translatePayload(provider, payload, told.id);
  if (told.fate !== 'exported') {
    expect(translated?.conversation.turns ?? []).toEqual([]);
    return;
  }
  if (!translated) throw new Error(`${told.id} was not translated`);
  const facts = factsOf(translated.conversation);
  expect(ordered(facts)).toEqual(ordered(expected));
  // Sums of binary fractions, rounded here and there: a billionth of a dollar apart at most.
  expect(Math.abs((facts.llmUsd ?? 0) - (expected.llmUsd ?? 0))).toBeLessThan(1.5e-9);
}

describe.each(['elevenlabs', 'tavus', 'retell', 'vapi'] as const)(
  'the Conversation of %s is what truly happened',
  (provider) => {
    const calls = [...sandboxCalls(provider, SEEDS)];

    it.each(scenarioNames(provider).filter((name) => name !== 'deleted'))('in %s', (scenario) => {
      for (const call of calls) {
        if (call.scenario !== scenario) continue;
        const told = truth(call);
        check(provider, finalPayload(call), told, published(call, comparable(told)));
      }
    });
  },
);

describe('the vendors’ own published examples are what their truth says', () => {
  it.each(publishedCalls().map((call) => [call.name, call] as const))('%s', (_, call) => {
    check(call.provider, call.body, call.truth, comparable(call.truth));
  });
});
