import type { Summary } from '../bridge/bridge.ts';
import { createBridge } from '../bridge/create-bridge.ts';
import { loadConfig } from '../config/config.ts';
import { createLog } from '../telemetry/log.ts';
import { EXIT, report, stopSignal } from './exit.ts';
import { keepHeapSmall } from './heap.ts';

/** `callspan run`: the bridge, until it is asked to stop or, with `once`, until what is ready is delivered. */
export async function run({ once }: { once: boolean }): Promise<number> {
  const stop = stopSignal();
  keepHeapSmall();
  const config = await loadConfig(process.env, stop);
  const log = await createLog({ level: config.logLevel });
  const bridge = await createBridge({ config, log });
  try {
    if (once) return tell(await bridge.runOnce(stop));
    await bridge.run(stop);
    log.info('callspan has stopped');
    return EXIT.ok;
  } catch (error) {
    if (stop.aborted && error === stop.reason) return EXIT.ok;
    throw error;
  }
}

function tell({ seen, delivered, pending, empty, dead, parked, failures, refused }: Summary): number {
  process.stdout.write(
    `seen ${seen}, delivered ${delivered}, pending ${pending}, empty ${empty}, dead ${dead}${parked > 0 ? `, parked ${parked}` : ''}\n`,
  );
  for (const failure of failures) report(new Error(failure));
  if (refused) return EXIT.settings;
  return failures.length > 0 || dead > 0 ? EXIT.failed : EXIT.ok;
}
