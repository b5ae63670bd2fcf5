import type { Fetched, Reading } from '../vendor.ts';
import type { TavusPayload } from './payload.ts';
import { readiness } from './readiness.ts';
import { translateTavus } from './translate.ts';

/** The vendor's stamps and ours differ by a little, and a fetch that comes a moment too early is one too many. */
export const SETTLE_MARGIN_MS = 2_000;

const NANOS_PER_MILLI = 1_000_000n;

/** What is to be done with a payload. Pure. */
export function readPayload(payload: TavusPayload, { id, settings, settle, now }: Reading): Fetched {
  const state = readiness(
    payload,
    BigInt(Math.round(now)) * NANOS_PER_MILLI,
    BigInt(settle) * NANOS_PER_MILLI,
  );
  switch (state.kind) {
    case 'ready':
      return {
        kind: 'ready',
        translated: translateTavus(payload, id ?? payload.id ?? 'unknown', settings),
      };
    case 'empty':
      return state;
    default: {
      const { notBefore, reason } = state;
      if (notBefore === undefined) return { kind: 'pending', reason };
      return { kind: 'pending', reason, notBefore: Number(notBefore / NANOS_PER_MILLI) + SETTLE_MARGIN_MS };
    }
  }
}
