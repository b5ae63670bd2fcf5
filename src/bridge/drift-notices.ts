import type { Log } from '../telemetry/log.ts';
import { Told } from '../telemetry/told.ts';

/** Names are the vendor's, so there is no end to them but this. */
const MOST_NAMES = 1_000;

/**
 * What payloads had that callspan does not know: each name is told once, so that its owner hears of a vendor's change
 * before a dashboard goes flat, and not of every conversation since.
 */
export class Drift {
  readonly #told = new Told(MOST_NAMES);

  /** @param log with the source's name in every line. */
  note(names: readonly string[], { provider, conversation, log }: Noted): void {
    for (const name of names) {
      if (!this.#told.isNews(`${provider} ${name}`)) continue;
      log.warn({ conversation, name }, 'the payload has something callspan does not know');
    }
  }
}

/** Where a name was met. */
export interface Noted {
  readonly provider: string;
  readonly conversation: string;
  readonly log: Log;
}
