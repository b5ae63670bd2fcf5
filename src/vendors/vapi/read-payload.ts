import { MILLISECOND } from '../../time/nanos.ts';
import { settledAt } from '../settling.ts';
import type { Fetched, Reading } from '../vendor.ts';
import type { VapiPayload } from './payload.ts';
import { translateVapi } from './translate.ts';

/** The vendor's stamps and ours differ by a little, and a look that comes a moment too early is one too many. */
const SETTLE_MARGIN_MS = 2_000;

/**
 * What is to be done with a payload. Pure. A call is exported once: when its analysis is there, or when nobody would
 * have waited for one any longer.
 */
export function readPayload(payload: VapiPayload, reading: Reading): Fetched {
  const { id, settings, settle, now, seenAt } = reading;
  if (!payload.hasEnded) return { kind: 'pending', reason: `status ${payload.status ?? 'missing'}` };
  const settled = settledAt(endsOf(payload), settle, reading);
  if (!payload.analysis.isThere && settled !== undefined && now < settled) {
    return { kind: 'pending', reason: 'no analysis yet', notBefore: Math.round(settled) + SETTLE_MARGIN_MS };
  }
  const seen = seenAt === undefined ? undefined : BigInt(Math.round(seenAt)) * MILLISECOND;
  return {
    kind: 'ready',
    translated: translateVapi(payload, id ?? payload.id ?? 'unknown', settings, seen),
    ...(payload.keepsNothing ? { keepsNothing: true } : {}),
  };
}

/** When a call ended, in unix milliseconds, or what comes next to that. */
export function endsOf({ endedAt, updatedAt, createdAt }: VapiPayload): (number | undefined)[] {
  return [endedAt, updatedAt, createdAt].map((moment) =>
    moment === undefined ? undefined : Number(moment / MILLISECOND),
  );
}
