import { expect } from 'vitest';
import { Bridge } from '../../src/bridge/bridge.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { createTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';
import { type LogLine, recordingLog } from '../bridge/world.ts';

/** Often, so that nobody has to wait for a minute. */
const INTERVAL = 500;

/** One life of callspan on the one ledger. */
export interface Life {
  readonly telemetry: Telemetry;
  readonly ledger: Ledger;
  readonly lines: readonly LogLine[];
  /** Delivers what the vendors have. */
  deliver(): Promise<void>;
  /** The orderly stop. */
  end(): Promise<void>;
}

/** @param environment settings that lead to the vendors and to the ledger. */
export async function beginLife(
  environment: Readonly<Record<string, string>>,
  otlpEndpoint: string,
): Promise<Life> {
  const config = await loadConfig({
    ...environment,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    OTEL_METRIC_EXPORT_INTERVAL: String(INTERVAL),
    CALLSPAN_LISTEN: '0',
    // A list is walked back to two of these before the last walk: far enough for calls that appear later.
    CALLSPAN_POLL_INTERVAL: '1h',
  });
  const { log, lines } = recordingLog();
  const ledger = await openLedger(config.state);
  const telemetry = await createTelemetry(config, { ledger, log });
  const stop = new AbortController();
  const running = telemetry.run(stop.signal);
  return {
    ...{ telemetry, ledger, lines },
    async deliver() {
      const { failures, dead } = await new Bridge({ config, ledger, log }).runOnce(stop.signal);
      expect({ failures, dead }).toEqual({ failures: [], dead: 0 });
    },
    async end() {
      stop.abort();
      await running;
      await telemetry.close();
      await ledger.close();
    },
  };
}
