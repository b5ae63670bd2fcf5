import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseDuration } from '../../src/time/duration.ts';

/**
 * Tempo with its defaults stores conversations that come late, and never finds them again. These settings were tried
 * on a running Tempo 3.0.3, with traces up to 20 days old; here it is seen to that the shipped file has each of them.
 */
const TRIED: Readonly<Record<string, unknown>> = {
  'live_store.max_trace_idle': '2s',
  'live_store.max_block_duration': '10s',
  'live_store.complete_block_timeout': '720h',
  'live_store.wal.path': '/var/tempo/live-store/traces',
  'live_store.wal.ingestion_time_range_slack': '720h',
  'storage.trace.backend': 'local',
  'storage.trace.blocklist_poll': '10s',
  'storage.trace.wal.path': '/var/tempo/wal',
  'storage.trace.wal.ingestion_time_range_slack': '720h',
  'storage.trace.local.path': '/var/tempo/blocks',
  'query_frontend.search.query_backend_after': '1m',
  'query_frontend.search.max_duration': '0s',
  'query_frontend.metrics.query_backend_after': '1m',
  'query_frontend.metrics.max_duration': '744h',
  'distributor.max_attribute_bytes': 65_536,
  'distributor.receivers.otlp.protocols.http.endpoint': '0.0.0.0:4318',
  'distributor.receivers.otlp.protocols.grpc.endpoint': '0.0.0.0:4317',
  'overrides.defaults.global.max_bytes_per_trace': 50_000_000,
  'overrides.defaults.compaction.block_retention': '2160h',
  'usage_report.reporting_enabled': false,
  stream_over_http_enabled: true,
};

const CONFIG: unknown = parse(readFileSync(new URL('../../config/tempo.yaml', import.meta.url), 'utf8'));

describe('config/tempo.yaml', () => {
  test.each(Object.entries(TRIED))('%s is %s', (path, value) => {
    expect(at(path)).toBe(value);
  });

  test('looks into stored blocks early enough, and not too early for them to be listed', () => {
    const poll = millis('storage.trace.blocklist_poll');
    for (const kind of ['search', 'metrics']) {
      const after = millis(`query_frontend.${kind}.query_backend_after`);
      expect(after).toBeGreaterThanOrEqual(2 * poll);
      // Tempo's query_end_cutoff.
      expect(after).toBeGreaterThan(30_000);
    }
  });

  test('takes what the collector sends in one request', () => {
    const collector = parse(readFileSync(new URL('../../collector-config.yaml', import.meta.url), 'utf8'), {
      merge: true,
    });
    const largest: number = collector.exporters['otlp_http/jaeger'].sending_queue.batch.max_size;
    expect(at('overrides.defaults.ingestion.burst_size_bytes')).toBeGreaterThan(largest);
  });
});

function at(path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], CONFIG);
}

/** Tempo writes hours where callspan writes days; seconds and minutes are the same. */
function millis(path: string): number {
  const duration = parseDuration(String(at(path)));
  if (duration === undefined) throw new Error(`${path} is no duration`);
  return duration;
}
