import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Call,
  type Provider,
  scenarioNames,
  scenarioSummaries,
  simulateCall,
  truth,
} from '../../sandbox/index.ts';

const PROVIDERS: readonly Provider[] = ['elevenlabs', 'tavus'];
const START = Date.UTC(2026, 10, 20, 12, 0, 0, 417);

/** Any call: of both vendors, mostly as the seed draws it, sometimes of a scenario that is never drawn. */
const calls: fc.Arbitrary<Call> = fc
  .record({
    provider: fc.constantFrom(...PROVIDERS),
    seed: fc.nat(1000),
    index: fc.nat(100_000),
    startAt: fc.integer({ min: START, max: START + 86_400_000 }),
  })
  .map(simulateCall);

function holds(property: (call: Call) => void): void {
  fc.assert(fc.property(calls, property), { numRuns: 400 });
}

describe('a simulated call', () => {
  it.each(
    PROVIDERS.flatMap((provider) => scenarioNames(provider).map((scenario) => ({ provider, scenario }))),
  )('of $provider, $scenario, is the same whenever it is simulated', ({ provider, scenario }) => {
    const spec = { provider, scenario, seed: 3, index: 14, startAt: START };
    const call = simulateCall(spec);

    expect(simulateCall(spec)).toEqual(call);
    expect(call.scenario).toBe(scenario);
    expect(simulateCall({ ...spec, index: 15 }).id).not.toBe(call.id);
    expect(simulateCall({ ...spec, seed: 4 }).id).not.toBe(call.id);
  });

  it('moves through time without changing otherwise', () => {
    for (const provider of PROVIDERS) {
      const early = simulateCall({ provider, seed: 1, index: 1, startAt: START });
      const late = simulateCall({ provider, seed: 1, index: 1, startAt: START + 3_600_000 });

      expect(late.start - early.start).toBe(3_600_000_000);
      expect(late.turns.map((turn) => turn.start - late.start)).toEqual(
        early.turns.map((turn) => turn.start - early.start),
      );
      expect(truth(late).waits).toEqual(truth(early).waits);
    }
  });

  it('says of every scenario what is special about it', () => {
    for (const provider of PROVIDERS) {
      const summaries = scenarioSummaries(provider);
      expect(Object.keys(summaries)).toEqual(scenarioNames(provider));
      expect(new Set(Object.values(summaries)).size).toBeGreaterThanOrEqual(
        scenarioNames(provider).length - 1,
      );
    }
  });

  it('refuses a scenario that nobody has written', () => {
    const spec = { provider: 'tavus', seed: 1, index: 1, startAt: START, scenario: 'barge-out' } as const;
    expect(() => simulateCall(spec)).toThrow('There is no scenario barge-out of tavus');
  });

  it('draws every scenario that has a weight, and both vendors speak unusual scripts', () => {
    for (const provider of PROVIDERS) {
      const drawn = new Set<string>();
      for (let index = 0; index < 4000; index++) {
        drawn.add(simulateCall({ provider, seed: 8, index, startAt: START }).scenario);
      }
      const never = scenarioNames(provider).filter((name) => !drawn.has(name));
      expect(never.sort()).toEqual(['deleted', 'two-hours']);
    }
  });
});

describe('the timeline', () => {
  it('lies inside the call, in order, on whole microseconds', () => {
    holds((call) => {
      const instants = call.turns.flatMap((turn) => [turn.start, turn.end]);
      expect(instants.every((at) => Number.isSafeInteger(at) && at >= call.start && at <= call.end)).toBe(
        true,
      );
      expect(call.turns.every((turn) => turn.end >= turn.start)).toBe(true);
      const starts = call.turns.map((turn) => turn.start);
      expect(starts).toEqual(starts.toSorted((one, other) => one - other));
    });
  });

  it('has two people talk at once only where one cuts the other off', () => {
    holds((call) => {
      const spoken = call.turns.filter((turn) => turn.text !== '');
      spoken.forEach((turn, place) => {
        const next = spoken[place + 1];
        if (next === undefined || next.start >= turn.end) return;
        expect(next.speaker).not.toBe(turn.speaker);
        if (turn.speaker === 'agent') expect(turn.interrupted).toBe(true);
        else expect(call.scenario).toBe('overlapped');
        expect(next.end).toBeGreaterThan(turn.end);
      });
    });
  });

  it('interrupts nothing but a first answer', () => {
    holds((call) => {
      call.turns.forEach((turn, place) => {
        if (!turn.interrupted) return;
        const before = call.turns
          .slice(0, place)
          .findLast((one) => one.speaker === 'user' || one.text !== '');
        expect(before?.speaker).toBe('user');
      });
    });
  });

  it('leaves users without an answer for less than 3 seconds, or for more than 12', () => {
    holds((call) => {
      call.turns.forEach((turn, place) => {
        if (turn.speaker !== 'user') return;
        const after = call.turns.slice(place + 1);
        const next = after.find((one) => one.speaker === 'user');
        const answered = after.some(
          (one) => one.speaker === 'agent' && one.text !== '' && one.start < (next?.start ?? call.end),
        );
        if (answered) return;
        const silence = ((next?.start ?? call.end) - turn.end) / 1e6;
        expect(silence < 3 || silence > 12).toBe(true);
        // ElevenLabs publishes nothing but the second in which the user began.
        if (silence < 3) expect(((next?.start ?? call.end) - turn.start) / 1e6).toBeLessThan(7);
      });
    });
  });

  it('puts the felt wait between the end of the user and the first word of the agent', () => {
    holds((call) => {
      call.turns.forEach((turn, place) => {
        if (turn.wait === undefined) return;
        const heard = call.turns.slice(0, place).findLast((one) => one.speaker === 'user');
        expect(heard).toBeDefined();
        expect(Math.abs(turn.start - (heard?.end ?? 0) - turn.wait / 1000)).toBeLessThanOrEqual(1);
      });
    });
  });

  it('has waits longer and shorter than the sum of their phases, never shorter than the longest', () => {
    let overlapping = 0;
    let apart = 0;
    holds((call) => {
      for (const wait of truth(call).waits) {
        const phases = Object.values(wait.phases);
        if (phases.length === 0) continue;
        expect(wait.seconds).toBeGreaterThanOrEqual(Math.max(...phases));
        const sum = phases.reduce((total, one) => total + one, 0);
        if (sum > wait.seconds) overlapping += 1;
        else apart += 1;
      }
    });
    expect(overlapping).toBeGreaterThan(100);
    expect(apart).toBeGreaterThan(100);
  });

  it('ends in one terminal status, after the end', () => {
    holds((call) => {
      const times = call.steps.map((step) => step.at);
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      expect(call.terminalAt).toBe(times.at(-1));
      expect(call.terminalAt).toBeGreaterThanOrEqual(call.end);
      const last = call.steps.at(-1)?.status;
      expect(call.provider === 'tavus' ? ['ended'] : ['done', 'failed']).toContain(last);
      if (call.provider === 'elevenlabs') expect(call.end % 1_000_000).toBe(0);
    });
  });

  it('counts two hours and 800 turns where it says so', () => {
    for (const provider of PROVIDERS) {
      const call = simulateCall({ provider, seed: 1, index: 1, startAt: START, scenario: 'two-hours' });
      expect(call.turns.filter((turn) => turn.text !== '')).toHaveLength(800);
      expect((call.end - call.start) / 1e6).toBeGreaterThan(7000);
      expect((call.end - call.start) / 1e6).toBeLessThan(7500);
    }
  });
});
