import { MILLISECOND } from '../../time/nanos.ts';
import type { Fetched, Reading } from '../vendor.ts';
import type { VapiPayload } from './payload.ts';
import { translateVapi } from './translate.ts';

/** The vendor's stamps and ours differ by a little, and a look that comes a moment too early is one too many. */
const SETTLE_MARGIN_MS = 2_000;

/**
 * What is to be done with a payload. Pure. A call is exported once: when its analysis is there, or when nobody would
 * have waited for one any longer.
 */
export function readPayload(payload: VapiPayload, { id, settings, settle, now }: Reading): Fetched {
  if (!payload.hasEnded) return { kind: 'pending', reason: `status ${payload.status ?? 'missing'}` };
  const settled = settledAt(payload, settle);
  if (!payload.analysis.isThere && settled !== undefined && now < settled) {
    return { kind: 'pending', reason: 'no analysis yet', notBefore: settled + SETTLE_MARGIN_MS };
  }
  return {
    kind: 'ready',
    translated: translateVapi(payload, id ?? payload.id ?? 'unknown', settings),
    ...(payload.keepsNothing ? { keepsNothing: true } : {}),
  };
}

/** Unix milliseconds after which nothing of a call is waited for; undefined where it has no time at all. */
export function settledAt(
  { endedAt, updatedAt, createdAt }: VapiPayload,
  settle: number,
): number | undefined {
  const end = endedAt ?? updatedAt ?? createdAt;
  return end === undefined ? undefined : Number(end / MILLISECOND) + settle;
}
