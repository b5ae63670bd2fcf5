import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config/config.ts';
import { makeCertificates } from '../http/certificates.ts';

const KEY = { TAVUS_API_KEY: 'a-key' };

async function telemetry(settings: Record<string, string> = {}) {
  return (await loadConfig({ ...KEY, ...settings })).telemetry;
}

/** The path of a file that is gone with the test. */
function file(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'callspan-settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('where the numbers go', () => {
  test('is the common collector, every minute, unless something else is said', async () => {
    expect(await telemetry()).toEqual({
      serviceName: 'callspan',
      resource: {},
      metrics: {
        interval: 60_000,
        destination: {
          tracesUrl: 'http://localhost:4318/v1/metrics',
          headers: {},
          timeoutMs: 10_000,
          compression: 'gzip',
        },
      },
    });
  });

  test('is nowhere with OTEL_METRICS_EXPORTER=none', async () => {
    expect(await telemetry({ OTEL_METRICS_EXPORTER: 'none' })).not.toHaveProperty('metrics');
    expect(await telemetry({ OTEL_METRICS_EXPORTER: 'OTLP' })).toHaveProperty('metrics');
  });

  test('has forms of its own of every setting of the exporter, which win over the common ones', async () => {
    const { ca, client } = makeCertificates();
    const { metrics } = await telemetry({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://common:4318/otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://metrics:4318/api/v1/otlp/v1/metrics',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a,authorization=Bearer%20common',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'authorization=Bearer%20own',
      OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '7000',
      OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: 'none',
      OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE: file('ca.pem', ca),
      OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE: file('client.pem', client.cert),
      OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY: file('client.key', client.key),
      OTEL_METRIC_EXPORT_INTERVAL: '15000',
    });
    expect(metrics).toEqual({
      interval: 15_000,
      destination: {
        tracesUrl: 'https://metrics:4318/api/v1/otlp/v1/metrics',
        headers: { 'x-tenant': 'a', authorization: 'Bearer own' },
        timeoutMs: 7_000,
        compression: 'none',
        tls: { ca, ...client },
      },
    });
  });

  test('is the common endpoint with the path of metrics, and with its headers', async () => {
    const { metrics } = await telemetry({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://common:4318/otlp',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-tenant=traces',
    });
    expect(metrics?.destination).toMatchObject({
      tracesUrl: 'http://common:4318/otlp/v1/metrics',
      headers: { 'x-tenant': 'a' },
    });
  });

  test('is what a settings file says of all, but not what it says of traces alone', async () => {
    const settings = (otlp: string) => ({
      CALLSPAN_CONFIG: file(
        'callspan.yaml',
        `otlp: ${otlp}\nsources: [{ name: t, provider: tavus, key: '\${TAVUS_API_KEY}' }]\n`,
      ),
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://environment:4318',
    });
    const all = await telemetry(settings('{ endpoint: "http://file:4318", headers: { x-tenant: a } }'));
    expect(all.metrics?.destination).toMatchObject({
      tracesUrl: 'http://file:4318/v1/metrics',
      headers: { 'x-tenant': 'a' },
    });
    const traces = await telemetry(
      settings('{ traces_endpoint: "http://file:4318/traces", headers: { authorization: secret } }'),
    );
    expect(traces.metrics?.destination.tracesUrl).toBe('http://environment:4318/v1/metrics');
    expect(traces.metrics?.destination.headers).toEqual({});
    const own = await telemetry({
      ...settings('{ endpoint: "http://file:4318", headers: { authorization: secret } }'),
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://own:4318/v1/metrics',
    });
    expect(own.metrics?.destination.tracesUrl).toBe('http://own:4318/v1/metrics');
    expect(own.metrics?.destination.headers).toEqual({});
  });
});

describe('what callspan calls itself', () => {
  test.each([
    [{}, 'callspan'],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'team=voice, service.name=call%20bridge' }, 'call bridge'],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=ignored', OTEL_SERVICE_NAME: 'bridge' }, 'bridge'],
  ])('with %o is %s', async (settings: Record<string, string>, name) => {
    expect((await telemetry(settings)).serviceName).toBe(name);
  });

  test('has the attributes of OTEL_RESOURCE_ATTRIBUTES beside it', async () => {
    const { resource } = await telemetry({ OTEL_RESOURCE_ATTRIBUTES: 'team=voice,service.name=b' });
    expect(resource).toEqual({ team: 'voice' });
  });
});

describe('callspan’s own traces', () => {
  test('are off unless asked for, and then go to the common endpoint', async () => {
    expect(await telemetry()).not.toHaveProperty('traces');
    const { traces } = await telemetry({
      CALLSPAN_SELF_TRACES: 'true',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://common:4318',
    });
    expect(traces?.tracesUrl).toBe('http://common:4318/v1/traces');
  });
});

describe('CALLSPAN_LISTEN', () => {
  test('is off unless set', async () => {
    expect(await telemetry()).not.toHaveProperty('listen');
  });

  test.each([
    ['9464', '127.0.0.1', 9464],
    // Every interface.
    [':9464', '::', 9464],
    ['0', '127.0.0.1', 0],
    ['0.0.0.0:9464', '0.0.0.0', 9464],
    ['localhost:9464', 'localhost', 9464],
    ['[::1]:9464', '::1', 9464],
  ])('%s is port and host, this machine where there is none', async (value, host, port) => {
    expect((await telemetry({ CALLSPAN_LISTEN: value })).listen).toEqual({ host, port });
  });
});

test.each([
  [{ OTEL_METRICS_EXPORTER: 'prometheus' }, 'CALLSPAN_LISTEN offers metrics to Prometheus'],
  [{ OTEL_METRICS_EXPORTER: 'console' }, 'expected otlp or none'],
  [{ OTEL_METRIC_EXPORT_INTERVAL: '0' }, 'expected more than 0 ms'],
  [{ OTEL_METRIC_EXPORT_INTERVAL: '1m' }, 'expected a whole number of milliseconds'],
  [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'metrics:4318' }, 'expected an http:// or https:// URL'],
  [{ OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'grpc' }, 'callspan sends over HTTP'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=100%' }, 'service.name has a % that encodes nothing'],
  [{ CALLSPAN_SELF_TRACES: 'yes' }, 'expected true or false'],
  [{ CALLSPAN_LISTEN: '99999' }, 'expected a port, :port or host:port'],
  [{ CALLSPAN_LISTEN: 'http://localhost:9464' }, 'expected a port, :port or host:port'],
  [{ CALLSPAN_LISTEN: '::1:9464' }, 'expected a port, :port or host:port'],
])('%o stops the start with a sentence', async (settings: Record<string, string>, sentence) => {
  const error = await telemetry(settings).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigError);
  expect(String(error)).toContain(sentence);
  expect(String(error)).toContain(Object.keys(settings)[0]);
});
