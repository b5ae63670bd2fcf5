import { Bridge, type Summary } from '../bridge/bridge.ts';
import { loadConfig } from '../config/config.ts';
import { openLedger } from '../ledger/open.ts';
import { createLog } from '../telemetry/log.ts';
import { createTelemetry } from '../telemetry/telemetry.ts';
import { systemClock } from '../time/clock.ts';
import { EXIT, report, stopSignal } from './exit.ts';
import { keepHeapSmall } from './heap.ts';

/** `callspan run`: the bridge, until it is asked to stop or, with `once`, until what is ready is delivered. */
export async function run({ once }: { once: boolean }): Promise<number> {
  const stop = stopSignal();
  keepHeapSmall();
  const config = await loadConfig(process.env, stop);
  const log = await createLog({ level: config.logLevel });
  const ledger = await openLedger(config.state);
  try {
    const lease = await ledger.hold(systemClock, stop);
    try {
      const telemetry = await createTelemetry(config, { ledger, log });
      const end = AbortSignal.any([stop, lease.lost]);
      const ended = new AbortController();
      // A single round exports once, when it has ended.
      const telling = once ? undefined : telemetry.run(AbortSignal.any([end, ended.signal]));
      try {
        const bridge = new Bridge({ config, ledger, log, telemetry });
        if (once) return tell(await bridge.runOnce(end));
        log.info({ sources: config.sources.map((source) => source.name) }, 'callspan is running');
        await bridge.run(end);
        lease.lost.throwIfAborted();
        log.info('callspan has stopped');
        return EXIT.ok;
      } finally {
        ended.abort();
        await telling;
        await telemetry.close();
      }
    } finally {
      await ledger.release();
    }
  } catch (error) {
    if (stop.aborted && error === stop.reason) return EXIT.ok;
    throw error;
  } finally {
    await ledger.close();
  }
}

function tell({ seen, delivered, pending, empty, dead, failures, refused }: Summary): number {
  process.stdout.write(
    `seen ${seen}, delivered ${delivered}, pending ${pending}, empty ${empty}, dead ${dead}\n`,
  );
  for (const failure of failures) report(new Error(failure));
  if (refused) return EXIT.settings;
  return failures.length > 0 || dead > 0 ? EXIT.failed : EXIT.ok;
}
