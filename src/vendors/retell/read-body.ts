import { settledAt } from '../settling.ts';
import type { Fetched, Reading } from '../vendor.ts';
import { ONGOING, type RetellPayload, TERMINAL } from './payload.ts';
import { translateRetell } from './translate.ts';

/** The vendor's stamps and ours differ by a little, and a fetch that comes a moment too early is one too many. */
export const SETTLE_MARGIN_MS = 2_000;

/** What is to be done with a payload. Pure. */
export function readPayload(payload: RetellPayload, reading: Reading): Fetched {
  const { id, settings, settle, seenAt } = reading;
  const { status, analysis } = payload;
  const isOver = TERMINAL.includes(status ?? '') || (payload.hasEnd && !ONGOING.includes(status ?? ''));
  if (!isOver) return { kind: 'pending', reason: `status ${status ?? 'missing'}` };
  // One that never connected has no end: what is to come of it is waited for since it was heard of.
  const ended = payload.end === undefined ? undefined : Number(payload.end / NANOS_PER_MILLI);
  const settled = settledAt([ended], settle, reading);
  if (analysis === undefined && settled !== undefined && reading.now < settled) {
    return {
      kind: 'pending',
      reason: 'it was not analyzed yet',
      notBefore: Math.round(settled) + SETTLE_MARGIN_MS,
    };
  }
  const seen = seenAt === undefined ? undefined : BigInt(Math.round(seenAt)) * NANOS_PER_MILLI;
  return {
    kind: 'ready',
    translated: translateRetell(payload, id ?? payload.id ?? 'unknown', settings, seen),
  };
}

const NANOS_PER_MILLI = 1_000_000n;
