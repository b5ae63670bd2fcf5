import type { ListenAddress } from '../config/telemetry.ts';
import { HeldError, LedgerError } from '../ledger/errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { TelemetryServer } from '../telemetry/server.ts';
import { type Clock, rest } from '../time/clock.ts';

/** How often a replica that stands by looks whether it can begin, in milliseconds. */
const LOOK = 1_000;

export interface StandByOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Where health and readiness are asked for. */
  readonly listen: ListenAddress | undefined;
}

/**
 * Runs `work` again and again on a ledger that several replicas share, until `stop` or until it ends by itself: where
 * somebody has the whole ledger, or the server is away at the start, this one stands by, alive and not ready, and says
 * why once.
 * @param work called with what is to be done as soon as it has the ledger.
 * @throws what `work` throws, where that does not pass by itself.
 */
export async function standBy(
  stop: AbortSignal,
  { clock, log, listen }: StandByOptions,
  work: (onHeld: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const standing = new Standing(listen);
  let told: string | undefined;
  try {
    while (!stop.aborted) {
      try {
        await work(async () => {
          told = undefined;
          await standing.end();
        });
        return;
      } catch (error) {
        if (stop.aborted || !(error instanceof LedgerError) || !passes(error)) throw error;
        await standing.begin(error.message);
        if (told !== error.message) log.warn({ reason: error.message }, 'standing by');
        told = error.message;
      }
      await rest(clock, LOOK * (0.75 + clock.random() / 2), stop);
    }
  } finally {
    await standing.end();
  }
}

function passes(error: LedgerError): boolean {
  return error.isPassing || error instanceof HeldError;
}

/** The answers to health and readiness while nothing else of the bridge is there. */
class Standing {
  readonly #listen: ListenAddress | undefined;
  #server: TelemetryServer | undefined;
  #reason = '';

  constructor(listen: ListenAddress | undefined) {
    this.#listen = listen;
  }

  async begin(reason: string): Promise<void> {
    this.#reason = reason;
    if (this.#listen === undefined || this.#server !== undefined) return;
    const { TelemetryServer } = await import('../telemetry/server.ts');
    this.#server = await TelemetryServer.open(this.#listen, {
      broken: async () => undefined,
      missing: () => [`standing by: ${this.#reason}`],
      metrics: async () => [],
    });
  }

  async end(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }
}
