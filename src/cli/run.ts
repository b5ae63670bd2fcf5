import type { Summary } from '../bridge/bridge.ts';
import { createBridge } from '../bridge/create-bridge.ts';
import { type Config, loadConfig } from '../config/config.ts';
import { createLog, type Log } from '../telemetry/log.ts';
import { EXIT, report, stopSignal } from './exit.ts';
import { keepHeapSmall } from './heap.ts';

/** `callspan run`: the bridge, until it is asked to stop or, with `once`, until what is ready is delivered. */
export async function run({ once }: { once: boolean }): Promise<number> {
  const stop = stopSignal();
  keepHeapSmall();
  const config = await loadConfig(process.env, stop);
  const log = await createLog({ level: config.logLevel });
  try {
    if (once) return tell(await (await createBridge({ config, log })).runOnce(stop));
    await runOn(config, log, stop);
    return EXIT.ok;
  } catch (error) {
    if (stop.aborted && error === stop.reason) return EXIT.ok;
    throw error;
  }
}

/**
 * One bridge after the other: settings and keys are read again at SIGHUP, and after a vendor has refused a key, and where
 * they are others the bridge ends in order and begins again with them.
 */
async function runOn(first: Config, firstLog: Log, stop: AbortSignal): Promise<void> {
  let config = first;
  let log = firstLog;
  while (!stop.aborted) {
    const changed = new AbortController();
    let isReading = false;
    const readAgain = async (why: string, isAsked: boolean) => {
      if (isReading || changed.signal.aborted) return;
      isReading = true;
      const next = await reread(log, stop);
      isReading = false;
      if (next === undefined || stop.aborted) return;
      if (JSON.stringify(next) === JSON.stringify(config)) {
        if (isAsked) log.info(`settings were read again (${why}), and are as they were`);
        return;
      }
      log.info(
        { changed: changesOf(config, next) },
        `settings were read again (${why}), and the bridge begins anew`,
      );
      config = next;
      changed.abort(new Error('Settings have changed'));
    };
    const onHangUp = () => void readAgain('SIGHUP', true);
    // Where a terminal is closed the same signal means that nobody is there any more.
    const isOnTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
    if (!isOnTerminal) process.on('SIGHUP', onHangUp);
    try {
      const bridge = await createBridge({
        ...{ config, log },
        onRefused: (source) => void readAgain(`${source} was refused`, false),
      });
      await bridge.run(AbortSignal.any([stop, changed.signal]));
    } catch (error) {
      if (!changed.signal.aborted || error !== changed.signal.reason) throw error;
    } finally {
      process.off('SIGHUP', onHangUp);
    }
    if (changed.signal.aborted && !stop.aborted) log = await createLog({ level: config.logLevel });
  }
  log.info('callspan has stopped');
}

/** What cannot be used is told, and what there was goes on. */
async function reread(log: Log, stop: AbortSignal): Promise<Config | undefined> {
  try {
    return await loadConfig(process.env, stop);
  } catch (error) {
    if (!stop.aborted)
      log.error(`settings were read again and cannot be used, so they stay: ${messageOf(error)}`);
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Which settings are others now, by name: values may be secrets. */
function changesOf(before: Config, after: Config): string[] {
  const names = new Set([...before.sources, ...after.sources].map(({ name }) => name));
  const sourceOf = ({ sources }: Config, name: string) =>
    JSON.stringify(sources.find((source) => source.name === name));
  const { sources: _, ...rest } = after;
  const settings = Object.keys(rest) as (keyof typeof rest)[];
  return [
    ...settings.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name])),
    ...[...names]
      .filter((name) => sourceOf(before, name) !== sourceOf(after, name))
      .map((name) => `source ${name}`),
  ];
}

function tell({ seen, delivered, pending, empty, dead, parked, failures, refused }: Summary): number {
  process.stdout.write(
    `seen ${seen}, delivered ${delivered}, pending ${pending}, empty ${empty}, dead ${dead}${parked > 0 ? `, parked ${parked}` : ''}\n`,
  );
  for (const failure of failures) report(new Error(failure));
  if (refused) return EXIT.settings;
  return failures.length > 0 || dead > 0 ? EXIT.failed : EXIT.ok;
}
