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

function working({ start, latency }: Call['turns'][number]['tools'][number]): { start: number; end: number } {
  return { start, end: start + latency / 1000 };
}

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
      // A hum is no turn: nobody stops for it.
      const spoken = call.turns.filter((turn) => turn.text !== '' && !turn.silent && !turn.backchannel);
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

  it('interrupts the agent by what the user says next, before a word of it or after', () => {
    holds((call) => {
      call.turns.forEach((turn, place) => {
        if (!turn.interrupted) return;
        const next = call.turns.slice(place + 1).find((one) => one.speaker === 'user' && !one.backchannel);
        expect(next?.start).toBeLessThanOrEqual(turn.end);
        if (turn.text === '') expect(turn.unheard).not.toBe('');
      });
    });
  });

  it('has users hum only while the agent speaks and goes on, or works', () => {
    let hums = 0;
    holds((call) => {
      for (const hum of call.turns.filter((turn) => turn.backchannel)) {
        const busy = call.turns
          .filter((turn) => turn.speaker === 'agent')
          .flatMap((turn) => [{ start: turn.start, end: turn.end }, ...turn.tools.map(working)]);
        expect(busy.some(({ start, end }) => start <= hum.start && hum.end <= end)).toBe(true);
        hums += 1;
      }
    });
    expect(hums).toBeGreaterThan(20);
  });

  it('leaves users without an answer for less than 4 seconds, or for more than 12', () => {
    holds((call) => {
      call.turns.forEach((turn, place) => {
        if (turn.speaker !== 'user' || turn.silent || turn.backchannel) return;
        const after = call.turns.slice(place + 1);
        const next = after.find((one) => one.speaker === 'user' && !one.silent && !one.backchannel);
        const answered = after.some(
          (one) =>
            one.speaker === 'agent' &&
            (one.text !== '' || one.tools.some((tool) => tool.parts)) &&
            one.start < (next?.start ?? call.end),
        );
        if (answered) return;
        const silence = ((next?.start ?? call.end) - turn.end) / 1e6;
        expect(silence < 4 || silence > 12).toBe(true);
        // ElevenLabs publishes nothing but the second in which the user began.
        if (silence < 4) expect(((next?.start ?? call.end) - turn.start) / 1e6).toBeLessThan(7);
      });
    });
  });

  it('has the platform measure a silence before every word of the agent, waited for or not', () => {
    const measured = { greetings: 0, prompts: 0, requests: 0, unheard: 0, waits: 0 };
    holds((call) => {
      if (call.provider !== 'elevenlabs' || call.traits.textOnly) return;
      call.turns.forEach((turn, place) => {
        if (
          turn.speaker !== 'agent' ||
          (turn.text === '' && turn.tools.length + (turn.unheard ?? '').length === 0)
        )
          return;
        const { felt = -1, turnDetection = 0 } = turn.metrics;
        expect(felt).toBeGreaterThan(0);
        if (turn.tools.length > 0 && turn.text === '') measured.requests += 1;
        if (turn.unheard !== undefined) measured.unheard += 1;
        if (felt < 100e6) measured.greetings += 1;
        if (turnDetection > 11e9) {
          measured.prompts += 1;
          const before = call.turns[place - 1];
          if (before?.silent) expect(Math.floor(before.start / 1e6)).toBe(Math.floor(turn.start / 1e6));
        }
      });
      measured.waits += truth(call).waits.length;
    });
    for (const [kind, count] of Object.entries(measured)) expect(count, kind).toBeGreaterThan(5);
  });

  it('has as many waits as users were answered, from the end of their words to the agent’s first', () => {
    holds((call) => {
      if (truth(call).fate !== 'exported' || call.provider !== 'elevenlabs') return;
      const waits: number[] = [];
      let asked: number | undefined;
      for (const turn of call.turns) {
        if (turn.speaker === 'user' && !turn.silent && !turn.backchannel) asked = turn.end;
        else if (turn.speaker === 'agent' && turn.text !== '' && asked !== undefined) {
          waits.push((turn.start - asked) / 1e6);
          asked = undefined;
        }
      }
      const told = truth(call);
      expect(told.waits.length + told.unmeasuredWaits).toBe(waits.length);
      if (told.unmeasuredWaits === 0) expect(told.waits.map((wait) => wait.seconds)).toEqual(waits);
    });
  });

  it('explains a wait by its phases, but for some hundredths of a second', () => {
    const open: number[] = [];
    let overlapping = 0;
    for (let index = 0; index < 500; index++) {
      const call = simulateCall({ provider: 'elevenlabs', seed: 6, index, startAt: START });
      for (const { seconds, phases, unexplained } of truth(call).waits) {
        const sum = phases.reduce((total, phase) => total + phase.seconds, 0);
        expect(unexplained).toBeCloseTo(Math.max(0, seconds - sum), 8);
        open.push(unexplained / seconds);
        if (sum > seconds) overlapping += 1;
      }
    }
    open.sort((one, other) => one - other);
    expect(open[open.length >> 1]).toBeLessThan(0.05);
    expect(open[Math.floor(open.length * 0.95)]).toBeLessThan(0.15);
    expect(overlapping).toBeGreaterThan(10);
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
      const turns = call.turns.filter((turn) => turn.text !== '' && !turn.backchannel);
      expect(turns).toHaveLength(800);
      expect((call.end - call.start) / 1e6).toBeGreaterThan(7000);
      expect((call.end - call.start) / 1e6).toBeLessThan(7500);
    }
  });
});
