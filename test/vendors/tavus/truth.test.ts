import { expect, it } from 'vitest';
import { simulateCall, truth } from '../../../sandbox/index.ts';
import { CALLSPAN, TURN } from '../../../src/trace/semconv.ts';
import { Trace } from '../../trace/read-spans.ts';
import { finalPayload, translatePayload } from '../../trace/sandbox-calls.ts';

const CALLS = 500;

it('the waits of simulated video conversations are those that were felt, one by one', () => {
  let waits = 0;
  let untold = 0;
  for (let index = 0; index < CALLS; index++) {
    const call = simulateCall({ provider: 'tavus', seed: 500, index, startAt: 1_790_000_000_000 });
    const told = truth(call);
    if (told.fate !== 'exported') continue;
    const trace = new Trace(translatePayload('tavus', finalPayload(call), told.id));
    const felt = trace
      .all('.response_latency')
      .map(({ attributes }) => attributes[TURN.USER_BOT_LATENCY_SECONDS]);
    expect(felt, told.scenario).toEqual(told.waits.map(({ seconds }) => seconds));
    expect(Number(trace.root.attributes[CALLSPAN.WAITS_UNMEASURED]), told.scenario).toBe(
      told.unmeasuredWaits,
    );
    waits += felt.length;
    untold += told.unmeasuredWaits;
  }
  expect(waits).toBeGreaterThan(1000);
  expect(untold).toBeGreaterThan(50);
});
