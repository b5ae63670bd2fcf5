import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type AnswerClass, type Truth, truth } from '../../sandbox/index.ts';
import { LATENCY_BOUNDARIES } from '../../src/metrics/definitions.ts';
import { HOUR, MINUTE, makeWorld, type World } from '../bridge/world.ts';
import { callspan } from '../cli/program.ts';
import { Prometheus } from '../metrics/prometheus.ts';
import { beginLife, type Life } from '../telemetry/life.ts';
import { getTrace, type JaegerSpan } from './jaeger.ts';
import { Ports } from './programs/ports.ts';
import { RunningProgram } from './programs/process.ts';
import { findProgram } from './programs.ts';
import { type Stack, startStack } from './stack.ts';

const ALL = 'sum(callspan_conversations_total)';

let stack: Stack;
let world: World;
let prometheus: Prometheus;
const truths: Truth[] = [];

beforeAll(async () => {
  world = await makeWorld();
  stack = await startStack({ dir: world.folder, prometheus: true });
  prometheus = new Prometheus(stack.prometheusApi);
});

afterAll(async () => {
  await stack?.stop();
  await world?.close();
});

/** Finished conversations at the vendors, the last of them some minutes old. */
function talk(provider: 'elevenlabs' | 'tavus', seed: number, count: number, age = 50 * MINUTE): void {
  const from = Date.now() - age;
  for (const id of world.book.fill({ provider, seed, count, from, to: from + 20 * MINUTE })) {
    const call = world.book.call(id) ?? expect.fail(`the book has lost ${id}`);
    const known = truth(call);
    if (known.fate === 'exported') truths.push(known);
  }
}

function begin(): Promise<Life> {
  return beginLife(world.environment, stack.otlpHttp);
}

/** Stops callspan, and waits until its last export is in Prometheus. */
async function end(life: Life): Promise<void> {
  const stopped = Date.now() / 1_000;
  await life.end();
  await prometheus.until(`min(timestamp(callspan_conversations_total)) >= bool ${stopped}`, 1);
}

/** Every cumulative series begins at zero, and never goes down. */
async function expectContinuity(selector: string): Promise<void> {
  const stored = await prometheus.stored(selector);
  expect(stored.length).toBeGreaterThan(0);
  for (const { labels, samples } of stored) {
    const values = samples.map(([, value]) => value);
    expect(values[0], JSON.stringify(labels)).toBe(0);
    expect(values, JSON.stringify(labels)).toEqual(values.toSorted((one, other) => one - other));
    expect(values.filter((value) => value === 0)).toHaveLength(values.at(-1) === 0 ? values.length : 1);
  }
}

function sum(of: (known: Truth) => number): number {
  return truths.reduce((total, known) => total + of(known), 0);
}

describe('the first burst of conversations', () => {
  let life: Life;

  beforeAll(async () => {
    talk('elevenlabs', 11, 20);
    talk('tavus', 12, 12);
    talk('elevenlabs', 13, 3, 5 * HOUR);
    life = await begin();
    await life.deliver();
    await prometheus.until(ALL, truths.length);
  });
  afterAll(() => life.end());

  test('is an increase, of every series, from zero at its start', async () => {
    await expectContinuity('callspan_conversations_total');
    await expectContinuity('callspan_turns_total');
    await expectContinuity('callspan_response_latency_seconds_count');
    const increases = await prometheus.samples('increase(callspan_conversations_total[5m])');
    expect(increases).toHaveLength((await prometheus.samples('callspan_conversations_total')).length);
    for (const { labels, value } of increases) expect(value, JSON.stringify(labels)).toBeGreaterThan(0);
  });

  test('is what was said in truth, number for number', async () => {
    const outcomes = new Set(truths.map(({ outcome }) => outcome));
    for (const outcome of outcomes) {
      expect(
        await prometheus.value(`sum(callspan_conversations_total{callspan_outcome="${outcome}"})`),
        outcome,
      ).toBe(truths.filter((known) => known.outcome === outcome).length);
    }
    const turns = (answer: AnswerClass) => sum(({ userTurns }) => userTurns[answer]);
    for (const answer of ['answered', 'unanswered', 'overlapped', 'interrupted'] as const) {
      expect(await prometheus.value(`sum(callspan_turns_total{callspan_answer="${answer}"})`), answer).toBe(
        turns(answer),
      );
    }
    const waits = truths.flatMap((known) => known.waits.map(({ seconds }) => seconds));
    const latency = 'callspan_response_latency_seconds';
    expect(await prometheus.value(`sum(${latency}_count)`)).toBe(waits.length);
    expect(await prometheus.value(`sum(${latency}_sum)`)).toBeCloseTo(sum(felt), 6);
    for (const bound of LATENCY_BOUNDARIES) {
      expect(await prometheus.value(`sum(${latency}_bucket{le="${bound}"})`), String(bound)).toBe(
        waits.filter((seconds) => seconds <= bound).length,
      );
    }
    for (const phase of ['llm_ttfb', 'tool_wait', 'llm_sentence', 'tts_ttfb']) {
      const series = `callspan_phase_latency_seconds_count{callspan_phase="${phase}"}`;
      expect(await prometheus.value(`sum(${series})`), phase).toBe(
        sum(
          (known) => known.waits.flatMap((wait) => wait.phases).filter(({ name }) => name === phase).length,
        ),
      );
    }
    expect(await prometheus.value('sum(callspan_evaluations_total)')).toBe(
      sum(({ evaluations }) => Object.keys(evaluations).length),
    );
    expect(await prometheus.value('sum(callspan_tool_calls_total)')).toBe(sum(({ tools }) => tools.length));
    expect(await prometheus.value('sum(callspan_cost_USD_total)')).toBeCloseTo(
      sum(({ costUsd }) => costUsd ?? 0),
      6,
    );
    expect(await prometheus.value('sum(callspan_conversations_total{callspan_late="true"})')).toBe(3);
  });

  test('has exemplars that lead to the very waits, in Jaeger', async () => {
    const exemplars = await prometheus.exemplars('callspan_response_latency_seconds_bucket');
    expect(exemplars.length).toBeGreaterThan(10);
    for (const { series, traceId, spanId, value } of exemplars) {
      expect(value).toBeLessThanOrEqual(series.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(series.le));
      const wait = await spanOf(traceId, spanId);
      expect(wait.name).toMatch(/\.response_latency$/);
      expect(wait.attributes['turn.user_bot_latency_seconds']).toBeCloseTo(value, 9);
      expect(wait.attributes['gen_ai.agent.id']).toBe(series.gen_ai_agent_id);
    }
  });

  test('has the names that dashboards and alerts are written with', async () => {
    const names = new Set(
      (await prometheus.samples('{job="callspan"}')).map(({ labels }) => labels.__name__),
    );
    expect([...names].filter((name) => name?.startsWith('callspan_')).sort()).toEqual(
      expect.arrayContaining([
        'callspan_conversation_duration_seconds_bucket',
        'callspan_conversation_duration_seconds_count',
        'callspan_conversation_duration_seconds_sum',
        'callspan_conversations_total',
        'callspan_cost_USD_total',
        'callspan_join_latency_seconds_bucket',
        'callspan_phase_latency_seconds_bucket',
        'callspan_response_latency_seconds_bucket',
        'callspan_tokens_total',
        'callspan_tool_calls_total',
        'callspan_tool_duration_seconds_bucket',
        'callspan_turns_total',
      ]),
    );
    const [late] = await prometheus.samples('callspan_conversations_total{gen_ai_agent_version!=""}');
    expect(late?.labels).toEqual({
      __name__: 'callspan_conversations_total',
      job: 'callspan',
      instance: life.ledger.instance,
      deployment_environment_name: 'test',
      callspan_source: 'elevenlabs',
      callspan_late: expect.stringMatching(/^(?:true|false)$/),
      callspan_outcome: expect.any(String),
      gen_ai_provider_name: 'elevenlabs',
      gen_ai_agent_id: expect.any(String),
      gen_ai_agent_version: expect.any(String),
    });
  });
});

/** A span, as soon as Jaeger has it. */
async function spanOf(traceId: string, spanId: string): Promise<JaegerSpan> {
  return await vi.waitFor(
    async () => {
      const { spans } = await getTrace(stack.jaegerApi, traceId);
      const found = spans.find(({ id }) => id === spanId);
      if (found === undefined) throw new Error(`Jaeger has no span ${spanId} in ${traceId}`);
      return found;
    },
    { timeout: 600_000, interval: 250 },
  );
}

function felt({ waits }: Truth): number {
  return waits.reduce((total, { seconds }) => total + seconds, 0);
}

describe('a restart', () => {
  test('of callspan neither loses nor doubles', async () => {
    const before = truths.length;
    const idle = await begin();
    await end(idle);
    expect(await prometheus.value(ALL)).toBe(before);

    talk('elevenlabs', 14, 4);
    talk('tavus', 15, 4);
    const life = await begin();
    await life.deliver();
    await end(life);
    await prometheus.until(ALL, truths.length);
    await expectContinuity('callspan_conversations_total');
    await expectContinuity('callspan_response_latency_seconds_count');
    expect(life.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('that delivers everything once more doubles nothing', async () => {
    const { stdout } = await callspan(['backfill', '--since', '24h', '--force'], {
      ...world.environment,
      OTEL_EXPORTER_OTLP_ENDPOINT: stack.otlpHttp,
    });
    expect(stdout).toContain(`delivered ${truths.length},`);
    const life = await begin();
    await end(life);
    expect(await prometheus.value(ALL)).toBe(truths.length);
    expect(await prometheus.value('sum(callspan_response_latency_seconds_sum)')).toBeCloseTo(sum(felt), 6);
    await expectContinuity('callspan_turns_total');
  });

  test('of the collector neither loses nor doubles', async () => {
    const life = await begin();
    await stack.program('collector').kill('SIGKILL');
    const told = () => life.lines.filter(({ message }) => message.includes('numbers'));
    await vi.waitFor(() => expect(told()).not.toHaveLength(0), { timeout: 600_000 });
    await stack.program('collector').restart();
    talk('tavus', 16, 5);
    await life.deliver();
    await prometheus.until(ALL, truths.length);
    await end(life);
    expect(told().filter(({ level }) => level !== 'debug')).toMatchObject([
      { level: 'warn', message: expect.stringContaining('cannot be exported') },
      { level: 'info', message: 'the numbers are exported again' },
    ]);
    await expectContinuity('callspan_conversations_total');
    await expectContinuity('callspan_turns_total');
    expect(await prometheus.value('sum(callspan_response_latency_seconds_sum)')).toBeCloseTo(sum(felt), 6);
  });
});

describe('Prometheus that asks for the numbers itself', () => {
  let folder: string;
  let ports: Ports;
  let program: RunningProgram;
  let scraping: Prometheus;
  let life: Life;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callspan-scrape-'));
    ports = await Ports.take();
    life = await begin();
    life.telemetry.vendorResponse('tavus', { status: 200, ms: 42 });
    const address = `127.0.0.1:${ports.next()}`;
    const config = join(folder, 'prometheus.yml');
    const target = new URL(life.telemetry.url ?? '').host;
    await writeFile(
      config,
      JSON.stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [{ job_name: 'callspan', static_configs: [{ targets: [target] }] }],
      }),
    );
    program = await RunningProgram.start({
      name: 'Prometheus',
      path: await findProgram('prometheus'),
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
        '--enable-feature=created-timestamp-zero-ingestion,exemplar-storage',
      ],
      log: join(folder, 'prometheus.log'),
      ready: [`http://${address}/-/ready`],
    });
    scraping = new Prometheus(`http://${address}`);
    await scraping.until('up', 1);
    await scraping.until(ALL, truths.length);
  });
  afterAll(async () => {
    await program?.stop();
    await life?.end();
    await ports?.release();
    await rm(folder, { recursive: true });
  });

  test('finds the same series under the same names', async () => {
    const telling = async (from: Prometheus, prefix: string) => {
      const samples = await from.samples(`{__name__=~"${prefix}.*"}`);
      return samples
        .map(({ labels: { job, instance, deployment_environment_name, le, ...labels }, value }) => {
          // What is scraped has its boundaries written as floats, what is pushed has not.
          const bound = le === undefined ? {} : { le: String(Number(le)) };
          return JSON.stringify([{ ...labels, ...bound }, value]);
        })
        .sort();
    };
    for (const { name } of [
      { name: 'callspan.turns' },
      { name: 'callspan.tool' },
      { name: 'callspan.cost' },
    ]) {
      const prefix = name.replaceAll('.', '_');
      expect(await telling(scraping, prefix)).toEqual(await telling(prometheus, prefix));
    }
    const latency = 'callspan_response_latency_seconds_(bucket|count)';
    expect(await telling(scraping, latency)).toEqual(await telling(prometheus, latency));
  });

  test('finds callspan’s own metrics under the names that they have when pushed', async () => {
    await prometheus.until('max(callspan_vendor_requests_total)', 1);
    const names = async (from: Prometheus) => {
      const samples = await from.samples('{__name__=~"callspan_.+|process_.+|target_info", job="callspan"}');
      return [...new Set(samples.map(({ labels }) => labels.__name__))].sort();
    };
    const pushed = await names(prometheus);
    expect(pushed).toEqual(await names(scraping));
    expect(pushed).toEqual(expect.arrayContaining(['callspan_collector_up', 'callspan_lag_seconds']));
    await expectContinuity('callspan_vendor_requests_total');
  });

  test('gets exemplars, and the beginning of each series', async () => {
    const pushed = await prometheus.exemplars('callspan_response_latency_seconds_bucket');
    const scraped = await scraping.exemplars('callspan_response_latency_seconds_bucket');
    const ids = (exemplars: typeof pushed) => [...new Set(exemplars.map(({ spanId }) => spanId))].sort();
    expect(ids(scraped).length).toBeGreaterThan(10);
    expect(ids(pushed)).toEqual(expect.arrayContaining(ids(scraped)));
    for (const { labels, samples } of await scraping.stored('callspan_conversations_total')) {
      expect(samples[0]?.[1], JSON.stringify(labels)).toBe(0);
    }
  });
});
