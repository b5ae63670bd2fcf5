import { formatDuration } from '../time/duration.ts';
import { earliestStart, type SpanBatch } from '../trace/span-batch.ts';

/** What a destination takes. In milliseconds. */
export interface AgeLimit {
  /** It drops what began longer ago, and answers as if it had taken it; absent: nothing. */
  readonly maxAgeMs?: number;
  /** How long a request may be on its way. */
  readonly timeoutMs: number;
}

/** It would be dropped behind a 2xx: to send it would be to lose it, and to say that it was delivered. */
export class TooOldError extends Error {
  override readonly name = 'TooOldError';
}

/** @param now unix milliseconds. @throws TooOldError where a span may be too old by the time that it arrives. */
export function expectYoung(batch: SpanBatch, limit: AgeLimit | undefined, now: number): void {
  if (limit?.maxAgeMs === undefined) return;
  const { maxAgeMs, timeoutMs } = limit;
  const age = now - Number(earliestStart(batch) / 1_000_000n);
  // A request may take up to its timeout, but not to the point that nothing could be sent at all.
  if (age + Math.min(timeoutMs, maxAgeMs / 10) <= maxAgeMs) return;
  throw new TooOldError(
    `it began ${formatDuration(Math.max(0, age))} ago, and its destination takes nothing that is older than ${formatDuration(maxAgeMs)}`,
  );
}
