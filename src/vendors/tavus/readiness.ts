import type { Nanos } from '../../conversation.ts';
import { DAY, secondsToNanos } from '../../time/nanos.ts';
import { TRANSCRIPT_PATIENCE } from './conversation.ts';
import { PERCEPTION, SHUTDOWN, type TavusPayload, TRANSCRIPT } from './payload.ts';

/** Whether a Tavus conversation is complete enough to be exported once and never again otherwise. */
export type Readiness =
  | { readonly kind: 'ready' }
  /** Worth another look at `notBefore`, where that is known. */
  | { readonly kind: 'pending'; readonly notBefore?: Nanos; readonly reason: string }
  | { readonly kind: 'empty'; readonly reason: string };

/** Without a shutdown, this long after the last event nothing more is expected. */
const SILENT_END: Nanos = secondsToNanos(15 * 60);

/**
 * @param now the vendor's clock.
 * @param settle how long after the shutdown perception is waited for.
 */
export function readiness(payload: TavusPayload, now: Nanos, settle: Nanos): Readiness {
  const { events } = payload;
  const shutdown = events.find((event) => event.type === SHUTDOWN)?.time;
  if (shutdown !== undefined) {
    const hasTranscript = events.some((event) => event.type === TRANSCRIPT);
    if (!hasTranscript) return waitAfter(now, shutdown, TRANSCRIPT_PATIENCE, 'no transcript yet');
    if (events.some((event) => PERCEPTION.includes(event.type))) return { kind: 'ready' };
    return waitAfter(now, shutdown, settle, 'perception has not answered yet');
  }
  if (payload.status !== 'ended') return { kind: 'pending', reason: `status ${payload.status ?? 'missing'}` };
  const last = events.findLast((event) => event.time !== undefined)?.time ?? payload.createdAt;
  if (last === undefined) {
    // Nothing tells how long to wait, but what is there is worth having.
    if (events.length > 0) return { kind: 'ready' };
    return { kind: 'empty', reason: 'ended without an event or a time' };
  }
  const waited = waitAfter(now, last, SILENT_END, 'ended without a shutdown event');
  if (waited.kind === 'pending' || events.length > 0) return waited;
  return { kind: 'empty', reason: 'ended without any event (a test conversation)' };
}

/** What lies more than a day ahead was written by a wrong clock, and would be waited for until it is given up. */
function waitAfter(now: Nanos, moment: Nanos, patience: Nanos, reason: string): Readiness {
  const notBefore = moment + patience;
  if (now >= notBefore || moment > now + DAY) return { kind: 'ready' };
  return { kind: 'pending', notBefore, reason };
}
