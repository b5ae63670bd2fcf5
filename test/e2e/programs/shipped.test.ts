import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { findProgram, type ProgramName } from '../programs.ts';
import { shipped } from './overlay.ts';

const execFileAsync = promisify(execFile);

describe('the shipped files, as they are', () => {
  test('the collector takes collector-config.yaml, with and without redaction', async () => {
    const validate = ['validate', `--config=${shipped('collector-config.yaml')}`];
    await run('otelcol', validate);
    await run('otelcol', validate, { COLLECTOR_REDACTION: 'on' });
  });

  test('a redaction setting that means nothing is refused, not taken for off', async () => {
    const validate = ['validate', `--config=${shipped('collector-config.yaml')}`];
    await expect(run('otelcol', validate, { COLLECTOR_REDACTION: 'true' })).rejects.toThrow('redaction-true');
  });

  test('the collector takes the shipped file with that for Grafana Cloud or for Langfuse laid over it', async () => {
    const secrets = { GRAFANA_OTLP_TOKEN: 'x', LANGFUSE_OTLP_TOKEN: 'x' };
    const endpoints = {
      GRAFANA_OTLP_ENDPOINT: 'https://otlp-gateway.example/otlp',
      LANGFUSE_OTLP_ENDPOINT: 'https://langfuse.example/api/public/otel',
    };
    for (const name of ['grafana-cloud', 'langfuse']) {
      const files = [
        `--config=${shipped('collector-config.yaml')}`,
        `--config=${shipped(`config/collector/${name}.yaml`)}`,
      ];
      await run('otelcol', ['validate', ...files], { ...secrets, ...endpoints });
    }
  });

  test('a collector with Kafka takes the shipped file with kafka-in.yaml laid over it', async () => {
    const files = [
      `--config=${shipped('collector-config.yaml')}`,
      `--config=${shipped('config/collector/kafka-in.yaml')}`,
    ];
    await run('otelcol-kafka', ['validate', ...files], { KAFKA_BROKER: 'kafka.example:9092' });
  });

  test('Jaeger takes config/jaeger.yaml', async () => {
    await run('jaeger', ['validate', `--config=file:${shipped('config/jaeger.yaml')}`]);
  });

  test('Prometheus takes config/prometheus.yml', async () => {
    await run('promtool', ['check', 'config', shipped('config/prometheus.yml')]);
  });

  test('Alertmanager takes config/alertmanager.yml', async () => {
    await run('amtool', ['check-config', shipped('config/alertmanager.yml')]);
  });
});

/** Runs a program with nothing of ours in its environment but `settings`. */
async function run(name: ProgramName, args: string[], settings: Record<string, string> = {}): Promise<void> {
  await execFileAsync(await findProgram(name), args, { env: { PATH: process.env.PATH, ...settings } });
}
