import { describe, expect, it } from 'vitest';
import { type ElevenLabsCall, simulateCall, type Truth, truth } from '../../../sandbox/index.ts';
import { CALLSPAN, TURN } from '../../../src/trace/semconv.ts';
import { Trace } from '../../trace/read-spans.ts';
import { ELEVENLABS_ROADS, payloadOn, translatePayload } from '../../trace/sandbox-calls.ts';

const CALLS = 500;

/** Voice conversations as their weights draw them, with all that is measured in them though nobody waited. */
function* voiceCalls(): Generator<ElevenLabsCall> {
  let played = 0;
  for (let index = 0; played < CALLS; index++) {
    const call = simulateCall({ provider: 'elevenlabs', seed: 500, index, startAt: 1_790_000_000_000 });
    if (call.provider !== 'elevenlabs' || call.traits.textOnly || call.fate !== 'exported') continue;
    played += 1;
    yield call;
  }
}

const calls = [...voiceCalls()];

/** A share that so much of the ordered `values` does not exceed. */
function quantile(values: readonly number[], share: number): number {
  const ordered = values.toSorted((one, other) => one - other);
  return ordered[Math.ceil(share * ordered.length) - 1] ?? Number.NaN;
}

describe('simulated voice conversations', () => {
  it('measure far more than what anybody waited for', () => {
    const agents = calls.flatMap((call) => call.turns.filter((turn) => turn.speaker === 'agent'));
    const count = (is: (turn: (typeof agents)[number]) => boolean) => agents.filter(is).length;
    const waits = calls.reduce((sum, call) => sum + truth(call).waits.length, 0);
    expect(waits).toBeGreaterThan(1500);
    expect(count(({ metrics }) => metrics.felt !== undefined) - waits).toBeGreaterThan(800);
    expect(count(({ metrics }) => (metrics.felt ?? 0) < 100e6 && metrics.felt !== undefined)).toBeGreaterThan(
      300,
    );
    expect(count(({ metrics }) => (metrics.turnDetection ?? 0) > 11e9)).toBeGreaterThan(80);
    expect(count(({ text, tools }) => text === '' && tools.length > 0)).toBeGreaterThan(100);
    expect(count(({ unheard }) => unheard !== undefined)).toBeGreaterThan(80);
  });
});

describe.each(ELEVENLABS_ROADS)('%s', (road) => {
  const pairs = calls.map((call): [Truth, Trace] => {
    const told = truth(call);
    return [told, new Trace(translatePayload('elevenlabs', payloadOn(road, call), told.id))];
  });

  it('the waits are those that were felt, one by one, to the nanosecond', () => {
    for (const [told, trace] of pairs) {
      const waits = trace.all('.response_latency').map(({ seconds, attributes }) => ({
        seconds,
        felt: attributes[TURN.USER_BOT_LATENCY_SECONDS],
        exchange: Number(attributes[TURN.NUMBER]),
      }));
      expect(waits, told.scenario).toEqual(
        told.waits.map(({ seconds, exchange }) => ({ seconds, felt: seconds, exchange })),
      );
      expect(Number(trace.root.attributes[CALLSPAN.WAITS]), told.scenario).toBe(told.waits.length);
      expect(Number(trace.root.attributes[CALLSPAN.WAITS_UNMEASURED]), told.scenario).toBe(
        told.unmeasuredWaits,
      );
    }
  });

  it('the phases say where each of them went, in order, and what they leave open', () => {
    for (const [told, trace] of pairs) {
      const explained = trace.all('.response_latency').map((wait) => ({
        phases: trace.childrenOf(wait).map(({ attributes }) => ({
          name: attributes[CALLSPAN.PHASE],
          seconds: attributes[CALLSPAN.PHASE_SECONDS],
        })),
        unexplained: wait.attributes[CALLSPAN.WAIT_UNEXPLAINED_SECONDS],
      }));
      expect(explained, `${told.scenario} ${told.id}`).toEqual(
        told.waits.map(({ phases, unexplained }) => ({ phases, unexplained })),
      );
    }
  });

  it('at most 5 % of a wait is unexplained in the median, 15 % at the 95th percentile, never less than nothing', () => {
    const shares = pairs.flatMap(([, trace]) =>
      trace
        .all('.response_latency')
        .map(({ seconds, attributes }) => Number(attributes[CALLSPAN.WAIT_UNEXPLAINED_SECONDS]) / seconds),
    );
    expect(shares.length).toBeGreaterThan(1500);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
    expect(quantile(shares, 0.5)).toBeLessThanOrEqual(0.05);
    expect(quantile(shares, 0.95)).toBeLessThanOrEqual(0.15);
  });
});
