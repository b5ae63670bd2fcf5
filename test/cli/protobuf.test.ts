import { expect, onTestFinished, test } from 'vitest';
import { HOUR, makeWorld } from '../bridge/world.ts';
import { decodeProtobuf, decodeProtobufMetrics } from '../fuzz/otlp-decoder.ts';
import { startServer } from '../http/test-server.ts';
import { start } from './program.ts';

test('a sink that takes nothing but protobuf gets every span and every number where that is asked for', async () => {
  const world = await makeWorld();
  onTestFinished(() => world.close());
  for (const provider of ['elevenlabs', 'tavus'] as const) {
    const startAt = Date.now() - HOUR;
    world.book.add({ provider, seed: 3, index: 0, startAt, scenario: 'ordinary' });
  }
  const sink = await startServer(({ headers }, response) => {
    const isProtobuf = headers['content-type'] === 'application/x-protobuf';
    response.writeHead(isProtobuf ? 200 : 415, { 'content-type': 'application/x-protobuf' }).end();
  });
  const bridge = start(['run'], {
    ...world.environment,
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_OTLP_COMPRESSION: 'none',
    OTEL_METRIC_EXPORT_INTERVAL: '300',
    CALLSPAN_TAVUS_SETTLE: '0s',
  });
  onTestFinished(() => void bridge.process.kill('SIGKILL'));
  const of = (path: string) => sink.received.filter((request) => request.path === path);
  const names = () => JSON.stringify(of('/v1/metrics').map(({ body }) => decodeProtobufMetrics(body)));
  await expect.poll(() => names()).toContain('"callspan.response.latency"');
  await expect.poll(() => of('/v1/traces').length).toBeGreaterThan(1);
  bridge.process.kill('SIGTERM');
  expect((await bridge.ended).code).toBe(0);

  const types = new Set(sink.received.map(({ headers }) => headers['content-type']));
  expect(types).toEqual(new Set(['application/x-protobuf']));
  const spans = JSON.stringify(of('/v1/traces').map(({ body }) => decodeProtobuf(body)));
  for (const provider of ['elevenlabs', 'tavus']) expect(spans).toContain(`"stringValue":"${provider}"`);
  // What the bridge tells of itself goes the same way.
  expect(names()).toContain('"callspan.vendor.request');
  expect(bridge.stderr()).not.toContain('"level":"warn"');
});
