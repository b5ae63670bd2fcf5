import { onTestFinished, vi } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { createTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';
import type { Clock } from '../../src/time/clock.ts';
import { type LogLine, recordingLog } from '../bridge/world.ts';
import type { TestLedger } from './test-ledger.ts';

export interface TestTelemetry {
  readonly telemetry: Telemetry;
  readonly lines: readonly LogLine[];
  readonly config: Awaited<ReturnType<typeof loadConfig>>;
}

/** The telemetry of a bridge on this ledger, with one source, `tavus`; stopped with the test. */
export async function telemetryOn(
  { ledger, file }: TestLedger,
  settings: Record<string, string>,
  clock?: Clock,
): Promise<TestTelemetry> {
  const config = await loadConfig({ TAVUS_API_KEY: 'a-secret-key', CALLSPAN_STATE: file, ...settings });
  const { log, lines } = recordingLog();
  const telemetry = await createTelemetry(config, {
    ...{ ledger, log, lastExportMs: 60_000 },
    ...(clock === undefined ? {} : { clock }),
  });
  onTestFinished(() => telemetry.close());
  return { telemetry, lines, config };
}

/** What has been written to the console since; it is written all the same. */
export function watchConsole(): () => unknown[] {
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((how) => vi.spyOn(console, how));
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return () => spies.flatMap((spy) => spy.mock.calls);
}
