import { ConfigError } from '../config/config.ts';
import { LedgerError } from '../ledger/errors.ts';
import { printable } from '../show/printable.ts';
import { tell } from './output.ts';

/** What the program's exit code says. */
export const EXIT = {
  /** Everything that was ready was delivered, or the bridge was asked to stop. */
  ok: 0,
  /** Something was ready and was not delivered, or the command failed. */
  failed: 1,
  /** A wrong setting, a wrong key or a wrong command line. */
  settings: 2,
  /** The ledger cannot be used. */
  ledger: 3,
} as const;

/** Tells a failure in one line on standard error: what to do is in the message, and a stack helps nobody. */
export function report(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  tell(message);
  if (process.env.CALLSPAN_LOG_LEVEL === 'debug' && error instanceof Error)
    process.stderr.write(`${(error.stack ?? '').split('\n').map(printable).join('\n')}\n`);
  if (error instanceof ConfigError) return EXIT.settings;
  return error instanceof LedgerError ? EXIT.ledger : EXIT.failed;
}

/** Tells what an order could not do for some sources, a line each. @returns how many. */
export function reportFailures({ failures }: { readonly failures?: unknown }): number {
  const lines = typeof failures === 'string' ? failures.split('\n') : [];
  for (const line of lines) report(new Error(line));
  return lines.length;
}

/** Aborted by the first SIGINT or SIGTERM; a second one ends the program at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(EXIT.failed);
    stop.abort(new Error('Asked to stop'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return stop.signal;
}
