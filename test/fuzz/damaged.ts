import fc from 'fast-check';
import { expect } from 'vitest';
import { type Provider, publishedCalls, scenarioNames, simulateCall } from '../../sandbox/index.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { finalPayload, translatePayload } from '../trace/sandbox-calls.ts';
import { checkExport } from './invariants.ts';
import { mutate, mutations, shuffle } from './mutation.ts';

/** Runs a vendor; the seed is fixed so that a failure is the same tomorrow. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 10_000);
const SEED = Number(process.env.FUZZ_SEED ?? 20_260_528);

export function fuzzRuns(share: number): { numRuns: number; seed: number } {
  return { numRuns: Math.ceil(RUNS * share), seed: SEED };
}

/** Lists whose order means nothing. */
const UNORDERED: Readonly<Record<Provider, ReadonlySet<string>>> = {
  elevenlabs: new Set([
    '.analysis.evaluation_criteria_results_list',
    '.otlp_traces.resourceSpans',
    '.otlp_traces.resourceSpans[].scopeSpans',
    '.otlp_traces.resourceSpans[].scopeSpans[].spans',
  ]),
  tavus: new Set(['.events']),
  retell: new Set(),
  vapi: new Set(),
};

/** In characters. What is larger has more of the same, and takes longer to read. */
const LARGEST = 9_000;
/** Of so many exports one is read as a collector reads it: that costs as much as all the rest. */
const DECODED = 5;

/** Payloads as the vendors send them, of every scenario, none of them long. */
export function samples(provider: Provider): unknown[] {
  const simulated = scenarioNames(provider).flatMap((scenario, index) => {
    if (scenario === 'two-hours') return [];
    const startAt = 1_780_000_000_000;
    return (['full', 'mixed'] as const).map((shape) =>
      finalPayload(simulateCall({ provider, seed: 7, index, startAt, scenario, shape })),
    );
  });
  const published = publishedCalls().flatMap((call) => (call.provider === provider ? [call.body] : []));
  return [...simulated, ...published].filter((payload) => JSON.stringify(payload).length < LARGEST);
}

/** One of as many payloads, each of which is damaged again and again: to invent one takes longer than to read it. */
export function invented(payloads: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.constantFrom(...fc.sample(payloads, { numRuns: Math.ceil(RUNS / 20), seed: SEED }));
}

export interface Damaged {
  readonly payload: unknown;
  readonly turn: number;
  readonly content: 'none' | 'full';
}

export function damaged(bases: fc.Arbitrary<unknown>): fc.Arbitrary<Damaged> {
  return fc
    .tuple(bases, mutations, fc.nat({ max: 1000 }), fc.constantFrom('none', 'full'))
    .map(([base, steps, turn, content]) => ({ payload: mutate(base, steps), turn, content }));
}

/** Whatever the payload: no exception, a valid export, and the same bytes from the same payload written otherwise. */
export function survives(provider: Provider, { payload, turn, content }: Damaged): void {
  const changes = { content, systemPrompt: turn % 3 === 0, secrets: ['hunter2'] };
  const translated = translatePayload(provider, payload, 'conv_fuzz', changes);
  const again = translatePayload(provider, shuffle(payload, UNORDERED[provider], turn), 'conv_fuzz', changes);
  expect(again === undefined).toBe(translated === undefined);
  if (!translated || !again) return;
  const bytes = JSON.stringify(toOtlp(translated.batch));
  checkExport(translated, JSON.parse(bytes), turn % DECODED === 0);
  if (bytes !== JSON.stringify(toOtlp(again.batch))) expect.fail('other bytes from the same payload');
}
