import { describe, expect, it } from 'vitest';
import { readTavus } from '../../../src/vendors/tavus/payload.ts';
import { readiness } from '../../../src/vendors/tavus/readiness.ts';
import { CREATED, conversation, event, joined, shutdown, transcript } from './tavus-payload.ts';

const SETTLE = 300n * 1_000_000_000n;

function moment(seconds: number): bigint {
  return BigInt(CREATED) * 1_000_000_000n + BigInt(Math.round(seconds * 1e9));
}

/** @param at seconds since the creation. */
function state(payload: unknown, at: number) {
  return readiness(readTavus(payload), moment(at), SETTLE);
}

const ENDED = [joined(), shutdown(60), transcript([], 60.5)];

describe('a Tavus conversation is exported', () => {
  it.each(['application.perception_analysis', 'application.perception_unavailable'])(
    'at once when shutdown, transcript and %s are there',
    (type) => {
      expect(state(conversation([...ENDED, event(type, 61)]), 62)).toEqual({ kind: 'ready' });
    },
  );

  it('when the settle time since the shutdown has passed, though perception has not answered', () => {
    expect(state(conversation(ENDED), 359.999)).toMatchObject({ kind: 'pending', notBefore: moment(360) });
    expect(state(conversation(ENDED), 360)).toEqual({ kind: 'ready' });
  });

  it('15 min after the shutdown with what there is, where no transcript came', () => {
    const payload = conversation([joined(), shutdown(60), event('application.perception_analysis', 240)]);
    expect(state(payload, 959.999)).toMatchObject({ kind: 'pending', notBefore: moment(960) });
    expect(state(payload, 960)).toEqual({ kind: 'ready' });
  });

  it('without a shutdown only if its status is ended, 15 min after its last event', () => {
    const events = [joined(4), transcript([], 50)];
    expect(state(conversation(events), 949.999)).toMatchObject({ kind: 'pending', notBefore: moment(950) });
    expect(state(conversation(events), 950)).toEqual({ kind: 'ready' });
    expect(state(conversation(events, { status: 'active' }), 1e6)).toEqual({
      kind: 'pending',
      reason: 'status active',
    });
    expect(state(conversation(events, { status: null }), 1e6)).toEqual({
      kind: 'pending',
      reason: 'status missing',
    });
  });

  it('also while its status still is active, once it was shut down', () => {
    expect(state(conversation(ENDED, { status: 'active' }), 360)).toEqual({ kind: 'ready' });
  });

  it('never where it ended without any event: it is empty', () => {
    expect(state(conversation([]), 899)).toMatchObject({ kind: 'pending', notBefore: moment(900) });
    expect(state(conversation([]), 900)).toMatchObject({ kind: 'empty' });
    expect(state(conversation([], { created_at: null }), 0)).toMatchObject({ kind: 'empty' });
    expect(state(conversation([], { events: null }), 900)).toMatchObject({ kind: 'empty' });
  });

  it('at once where its end lies years ahead: that would be waited for until it is given up', () => {
    expect(state(conversation([joined(), shutdown(1e8), transcript([], 60.5)]), 61)).toEqual({
      kind: 'ready',
    });
    expect(state(conversation([joined(), shutdown(86_460), transcript([], 60.5)]), 61)).toMatchObject({
      ...{ kind: 'pending', notBefore: moment(86_760) },
    });
  });

  it('by the first shutdown of several', () => {
    expect(state(conversation([...ENDED, shutdown(500)]), 360)).toEqual({ kind: 'ready' });
  });
});
