import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  alertmanagerConfig,
  collectorOverlay,
  composeFlags,
  jaegerOverlay,
  prometheusConfig,
  shipped,
} from './programs/overlay.ts';
import { Ports } from './programs/ports.ts';
import { RunningProgram } from './programs/process.ts';
import { Sink } from './programs/sink.ts';
import { findProgram } from './programs.ts';

export interface StackOptions {
  /** An existing folder for generated configuration, logs, the collector's queue and what the backends store. */
  readonly dir: string;
  /** Default true. */
  readonly collector?: boolean;
  /** Default true. */
  readonly jaeger?: boolean;
  /** Default false. */
  readonly prometheus?: boolean;
  /** Default false. */
  readonly alertmanager?: boolean;
  /** OTLP/HTTP endpoint in the place of Tempo, which is not to be had here. Default: `stack.tempo`, a sink. */
  readonly tempoEndpoint?: string;
  /** Where Alertmanager sends notifications: what a user fills in for the placeholder in the shipped file. */
  readonly webhook?: string;
  /** A file of rules in the place of the shipped ones, e.g. the same ones with shorter times. */
  readonly rules?: string;
  /** Settings of the shipped collector configuration, e.g. `COLLECTOR_REDACTION` or `COLLECTOR_QUEUE_SPANS`. */
  readonly settings?: Readonly<Record<string, string>>;
}

type Service = 'collector' | 'jaeger' | 'prometheus' | 'alertmanager';

/** The shipped stack, running. The URLs of a program that is not part of it refuse connections. */
export interface Stack {
  /** Base URL of the collector's OTLP/HTTP receiver, without `/v1/traces`. */
  readonly otlpHttp: string;
  /** `host:port` of the collector's OTLP/gRPC receiver. */
  readonly otlpGrpc: string;
  /** The collector's own metrics, in Prometheus' text format. */
  readonly collectorMetrics: string;
  /** Base URL of Jaeger's query API, e.g. for `/api/traces/{id}`. */
  readonly jaegerApi: string;
  /** Base URL of Jaeger's own OTLP/HTTP receiver, for those who go past the collector. */
  readonly jaegerOtlp: string;
  /** Base URL of Prometheus, e.g. for `/api/v1/query`. */
  readonly prometheusApi: string;
  /** Base URL of Alertmanager, e.g. for `/api/v2/alerts`. */
  readonly alertmanagerApi: string;
  /** Where Tempo would be, unless `tempoEndpoint` is given: counts requests, and can be blocked. */
  readonly tempo: Sink;
  /** The collector's queue, which stays where it is over `restart()`. */
  readonly queueDir: string;
  /** One of the programs, to be killed and restarted. Throws when it is not part of this stack. */
  program(name: Service): RunningProgram;
  /** Stops everything, the collector first. */
  stop(): Promise<void>;
}

/**
 * Starts the real programs on 127.0.0.1 with the shipped configuration files, in which nothing but addresses and
 * paths is replaced, and waits until all of them are ready. Any number of stacks may run at once.
 *
 * @throws Error with the end of a program's log when it does not start; everything else is stopped again.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { collector = true, jaeger = true, prometheus = false, alertmanager = false } = options;
  const ports = await Ports.take();
  const tempo = await Sink.open();
  const place = new Place(options, ports, tempo);
  const programs = new Map<Service, RunningProgram>();
  const stop = async () => {
    await programs.get('collector')?.stop();
    await Promise.all([...programs.values()].map((program) => program.stop()));
    await tempo.close();
    await ports.release();
  };
  const start = async (name: Service, wanted: boolean, launch: () => Promise<RunningProgram>) => {
    if (wanted) programs.set(name, await launch());
  };
  const starts = await Promise.allSettled([
    start('collector', collector, () => place.collector()),
    start('jaeger', jaeger, () => place.jaeger()),
    start('prometheus', prometheus, () => place.prometheus({ collector, jaeger, alertmanager })),
    start('alertmanager', alertmanager, () => place.alertmanager()),
  ]);
  const failed = starts.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return {
    ...place.urls(),
    tempo,
    queueDir: place.queueDir,
    program(name) {
      const program = programs.get(name);
      if (program === undefined) throw new Error(`${name} is not part of this stack; ask startStack for it`);
      return program;
    },
    stop,
  };
}

/** One stack's folder and addresses, and how each program is started there. */
class Place {
  readonly #options: StackOptions;
  readonly #tempo: Sink;
  readonly #ports;
  readonly queueDir: string;

  constructor(options: StackOptions, ports: Ports, tempo: Sink) {
    this.#options = options;
    this.#tempo = tempo;
    const next = () => ports.next();
    this.#ports = {
      collector: { grpc: next(), http: next(), health: next(), metrics: next() },
      jaeger: { otlp: next(), query: next(), queryGrpc: next(), health: next(), metrics: next() },
      prometheus: next(),
      alertmanager: next(),
    };
    this.queueDir = join(options.dir, 'queue');
  }

  urls() {
    const { collector, jaeger, prometheus, alertmanager } = this.#ports;
    return {
      otlpHttp: `http://${at(collector.http)}`,
      otlpGrpc: at(collector.grpc),
      collectorMetrics: `http://${at(collector.metrics)}/metrics`,
      jaegerApi: `http://${at(jaeger.query)}`,
      jaegerOtlp: `http://${at(jaeger.otlp)}`,
      prometheusApi: `http://${at(prometheus)}`,
      alertmanagerApi: `http://${at(alertmanager)}`,
    };
  }

  async collector(): Promise<RunningProgram> {
    const { jaegerOtlp, prometheusApi } = this.urls();
    const overlay = await this.#write('collector-overlay.yaml', collectorOverlay(this.#ports.collector));
    return RunningProgram.start({
      name: 'the collector',
      path: await findProgram('otelcol'),
      args: [`--config=${shipped('collector-config.yaml')}`, `--config=${overlay}`],
      env: {
        COLLECTOR_LISTEN_HOST: '127.0.0.1',
        COLLECTOR_QUEUE_DIR: this.queueDir,
        JAEGER_OTLP_ENDPOINT: jaegerOtlp,
        TEMPO_OTLP_ENDPOINT: this.#options.tempoEndpoint ?? this.#tempo.url,
        PROMETHEUS_OTLP_ENDPOINT: `${prometheusApi}/api/v1/otlp`,
        ...this.#options.settings,
      },
      log: join(this.#options.dir, 'collector.log'),
      ready: [`http://${at(this.#ports.collector.health)}/`],
    });
  }

  async jaeger(): Promise<RunningProgram> {
    const { health, query } = this.#ports.jaeger;
    const traces = join(this.#options.dir, 'jaeger');
    const overlay = await this.#write('jaeger-overlay.yaml', jaegerOverlay(this.#ports.jaeger, traces));
    return RunningProgram.start({
      name: 'Jaeger',
      path: await findProgram('jaeger'),
      args: [`--config=file:${shipped('config/jaeger.yaml')}`, `--config=file:${overlay}`],
      log: join(this.#options.dir, 'jaeger.log'),
      ready: [`http://${at(health)}/status`, `http://${at(query)}/api/services`],
    });
  }

  /** Prometheus scrapes those of the others that run. */
  async prometheus(runs: Readonly<Record<'collector' | 'jaeger' | 'alertmanager', boolean>>) {
    const { collector, jaeger, prometheus, alertmanager } = this.#ports;
    const targets = {
      ...(runs.collector && { 'collector:8888': at(collector.metrics) }),
      ...(runs.jaeger && { 'jaeger:8888': at(jaeger.metrics) }),
      ...(runs.alertmanager && { 'alertmanager:9093': at(alertmanager) }),
    };
    const config = await prometheusConfig(targets, this.#options.rules);
    return RunningProgram.start({
      name: 'Prometheus',
      path: await findProgram('prometheus'),
      args: await composeFlags('prometheus', [
        `--config.file=${await this.#write('prometheus.yml', config)}`,
        `--storage.tsdb.path=${join(this.#options.dir, 'prometheus')}`,
        `--web.listen-address=${at(prometheus)}`,
      ]),
      log: join(this.#options.dir, 'prometheus.log'),
      ready: [`http://${at(prometheus)}/-/ready`],
    });
  }

  async alertmanager(): Promise<RunningProgram> {
    const address = at(this.#ports.alertmanager);
    return RunningProgram.start({
      name: 'Alertmanager',
      path: await findProgram('alertmanager'),
      args: await composeFlags('alertmanager', [
        `--config.file=${await this.#write('alertmanager.yml', await alertmanagerConfig(this.#options.webhook))}`,
        `--storage.path=${join(this.#options.dir, 'alertmanager')}`,
        `--web.listen-address=${address}`,
      ]),
      log: join(this.#options.dir, 'alertmanager.log'),
      ready: [`http://${address}/-/ready`],
    });
  }

  async #write(name: string, content: string): Promise<string> {
    const folder = join(this.#options.dir, 'config');
    await mkdir(folder, { recursive: true });
    const file = join(folder, name);
    await writeFile(file, content);
    return file;
  }
}

function at(port: number): string {
  return `127.0.0.1:${port}`;
}
