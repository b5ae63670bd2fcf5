import type { Retry } from '../http/retry.ts';
import type { Log } from '../telemetry/log.ts';
import { ToldLately } from '../telemetry/told.ts';
import type { Clock } from '../time/clock.ts';
import { formatDuration } from '../time/duration.ts';

/** A vendor that asks to be left alone for so long is worth a line, in milliseconds; and one in as long a time. */
export const LONG_WAIT = 60_000;

/** A hiccup is no news; to be told to stay away for long is, once. */
export function retryTeller(log: Log, clock: Clock): (retry: Retry) => void {
  const told = new ToldLately();
  return ({ request, attempt, delayMs, reason }) => {
    const message = `the vendor is asked again in ${formatDuration(delayMs)}`;
    const line = { request, attempt, reason };
    if (delayMs < LONG_WAIT || !told.isNews(clock.now(), delayMs)) {
      log.debug(line, message);
      return;
    }
    log.warn(line, message);
  };
}
