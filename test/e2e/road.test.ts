import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CallBook,
  countedWaits,
  type ElevenLabsServer,
  type Provider,
  type RetellServer,
  scenarioNames,
  startElevenLabs,
  startRetell,
  startTavus,
  startVapi,
  type TavusServer,
  type Truth,
  truth,
  type VapiServer,
} from '../../sandbox/index.ts';
import { callspan } from '../cli/program.ts';
import { getTrace, type JaegerSpan, type JaegerTrace, readTrace, searchTraces } from './jaeger.ts';
import { type Stack, startStack } from './stack.ts';

const HOUR = 3_600_000;
const KEY = 'e2e-key';
const SERVICES: Partial<Record<Provider, string>> = {
  elevenlabs: 'elevenlabs-convai',
  tavus: 'tavus-cvi',
  retell: 'retell-calls',
  vapi: 'vapi-calls',
};

/** One call of every scenario of every vendor, read back from a real Jaeger behind the shipped collector. */
describe('from the vendors to a real collector and Jaeger', () => {
  let folder: string;
  let stack: Stack;
  let elevenLabs: ElevenLabsServer;
  let tavus: TavusServer;
  let retell: RetellServer;
  let vapi: VapiServer;
  const calls: { truth: Truth; traceId: string; spans: number; startAt: number }[] = [];
  const now = Date.now();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callspan-e2e-'));
    stack = await startStack({ dir: folder });
    const book = new CallBook();
    const specs = (['elevenlabs', 'tavus', 'retell', 'vapi'] as const).flatMap((provider) =>
      scenarioNames(provider).map((scenario, index) => ({
        provider,
        scenario,
        seed: 5,
        index,
        startAt: now - 20 * HOUR + index * 60_000,
      })),
    );
    const ids = specs.map((spec) => book.add(spec));
    elevenLabs = await startElevenLabs({ book, apiKey: KEY });
    tavus = await startTavus({ book, apiKey: KEY });
    retell = await startRetell({ book, apiKey: KEY });
    vapi = await startVapi({ book, apiKey: KEY });

    const environment = {
      ELEVENLABS_API_KEY: KEY,
      ELEVENLABS_BASE_URL: elevenLabs.url,
      TAVUS_API_KEY: KEY,
      TAVUS_BASE_URL: tavus.url,
      RETELL_API_KEY: KEY,
      RETELL_BASE_URL: retell.url,
      VAPI_API_KEY: KEY,
      VAPI_BASE_URL: vapi.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: stack.otlpHttp,
      CALLSPAN_STATE: join(folder, 'callspan.db'),
      CALLSPAN_LOOKBACK: '48h',
      // One that never connected has no end that its analysis could have been waited for since.
      CALLSPAN_RETELL_SETTLE: '0s',
    };
    let { code, stdout, stderr } = await callspan(['run', '--once'], environment);
    let log = stderr;
    // Of one that never connected it is known since when it was heard of, and no other end: it is waited for a little.
    while (code === 0 && !stdout.includes('pending 0,')) {
      ({ code, stdout, stderr } = await callspan(['run', '--once'], environment));
      log += stderr;
    }
    const lines = log.trim().split('\n');
    expect(lines.filter((line) => line.startsWith('callspan:'))).toEqual([]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/pending 0, empty \d+, dead 0/);

    const delivered = new Map(
      lines
        .map((line) => JSON.parse(line))
        .filter((line) => line.msg === 'delivered')
        .map((line) => [line.conversation, line]),
    );
    for (const [index, id] of ids.entries()) {
      const line = delivered.get(id);
      const call = book.call(id);
      if (!call) throw new Error(`The book has lost ${id}.`);
      const known = truth(call);
      expect(line !== undefined, `${known.scenario} (${known.fate})`).toBe(known.fate === 'exported');
      if (line)
        calls.push({
          truth: known,
          traceId: line.traceId,
          spans: line.spans,
          startAt: specs[index]?.startAt ?? 0,
        });
    }
  });

  afterAll(async () => {
    await Promise.all([elevenLabs?.close(), tavus?.close(), retell?.close(), vapi?.close(), stack?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  async function each(
    check: (trace: JaegerTrace, known: Truth, call: (typeof calls)[number]) => void,
  ): Promise<void> {
    for (const call of calls)
      check(await readTrace(stack.jaegerApi, call.traceId, call.spans), call.truth, call);
  }

  test('Jaeger has every span, and no warning on any', async () => {
    await each((trace, known, call) => {
      expect(trace.warnings, known.scenario).toEqual([]);
      expect(trace.spans, known.scenario).toHaveLength(call.spans);
    });
  });

  test('every trace is one tree under the conversation, with ids that anybody can compute', async () => {
    await each((trace, known, { traceId }) => {
      const root = rootOf(trace);
      expect(root.name).toBe(`${known.provider}.conversation`);
      expect(root.service).toBe(SERVICES[known.provider]);
      expect(root.id).toBe(sha256(`${traceId}/conversation`).slice(0, 16));
      if (known.provider !== 'elevenlabs') {
        expect(traceId).toBe(sha256(`${known.provider}:${known.id}`).slice(0, 32));
      }
      const ids = new Set(trace.spans.map((span) => span.id));
      expect(ids.size).toBe(trace.spans.length);
      for (const span of trace.spans)
        expect(span === root || ids.has(span.parentId ?? ''), span.name).toBe(true);
    });
  });

  test('every child lies within its parent', async () => {
    await each((trace, known) => {
      const byId = new Map(trace.spans.map((span) => [span.id, span]));
      for (const span of trace.spans) {
        const parent = byId.get(span.parentId ?? '');
        if (parent)
          expect(span.start >= parent.start && span.end <= parent.end, `${known.scenario} ${span.name}`).toBe(
            true,
          );
      }
    });
  });

  test('every wait is as long as it was felt, with its phases inside it, true in their attributes', async () => {
    await each((trace, known) => {
      const waits = named(trace, `${known.provider}.response_latency`);
      const felt = waits.map((wait) => wait.attributes['turn.user_bot_latency_seconds']);
      expect(felt, known.scenario).toEqual(known.waits.map((wait) => wait.seconds));
      for (const [index, wait] of waits.entries()) {
        const truly = known.waits[index];
        expect(wait.attributes['turn.number'], known.scenario).toBe(truly?.exchange);
        expect(wait.attributes['gen_ai.agent.id'], known.scenario).toBe(truly?.agent.id);
        if (known.provider === 'elevenlabs') expect(Number(wait.end - wait.start) / 1e9).toBe(truly?.seconds);
        const phases = trace.spans.filter((span) => span.parentId === wait.id);
        // Phases that were clipped to nothing stand at one moment: no order is theirs.
        expect(
          phases
            .map(
              ({ attributes }) => `${attributes['callspan.phase']} ${attributes['callspan.phase.seconds']}`,
            )
            .sort(),
          known.scenario,
        ).toEqual((truly?.phases ?? []).map(({ name, seconds }) => `${name} ${seconds}`).sort());
        if (known.provider === 'elevenlabs')
          expect(wait.attributes['callspan.wait.unexplained_seconds']).toBe(truly?.unexplained);
      }
    });
  });

  test('the root says how it ended, and what makes a bad call findable', async () => {
    await each((trace, known) => {
      const { attributes, status } = rootOf(trace);
      const expected = {
        'gen_ai.provider.name': known.provider,
        'gen_ai.conversation.id': known.id,
        'session.id': known.id,
        'gen_ai.agent.id': known.agent.id,
        'gen_ai.operation.name': 'invoke_agent',
        'callspan.outcome': known.outcome,
        'callspan.end_reason': known.endReason,
        'callspan.turns': known.exchanges,
        'callspan.waits': countedWaits(known).length,
        'callspan.waits.unmeasured': known.unmeasuredWaits,
        'callspan.interruptions': known.interruptions,
        'callspan.unanswered': known.userTurns.unanswered,
        'callspan.slow': countedWaits(known).some((wait) => wait.seconds > 2),
        'callspan.cost.usd': known.costUsd,
      };
      for (const [key, value] of Object.entries(expected))
        expect(attributes[key], `${known.scenario} ${key}`).toBe(value);
      expect(attributes['error.type'] !== undefined, `${known.scenario} error.type`).toBe(status === 2);
    });
  });

  test('a tool that failed is an error on its own span', async () => {
    await each((trace, known) => {
      const tools = trace.spans.filter((span) => span.attributes['gen_ai.operation.name'] === 'execute_tool');
      const found = tools.map((tool) => [
        tool.attributes['gen_ai.tool.name'],
        tool.attributes['error.type'],
        tool.status === 2,
      ]);
      const truly = known.tools.map((tool) => [tool.name, tool.error, tool.error !== undefined]);
      expect(found.sort(), known.scenario).toEqual(truly.sort());
    });
  });

  test('the link to the application’s own trace is there', async () => {
    await each((trace, known) => {
      const [, traceId, spanId] = known.traceparent?.split('-') ?? [];
      expect(rootOf(trace).links, known.scenario).toEqual(traceId === undefined ? [] : [{ traceId, spanId }]);
    });
  });

  test('a search by each searchable attribute of the root finds the right calls', async () => {
    const wanted = [
      ['callspan.outcome', 'failed'],
      ['callspan.outcome', 'no_user'],
      ['callspan.end_reason', 'time_limit'],
      ['callspan.end_reason', 'max_call_duration'],
      ['callspan.slow', 'true'],
      ['callspan.unanswered', '1'],
      ['callspan.interruptions', '1'],
      ['callspan.tool_errors', '1'],
      ['callspan.turns', '5'],
      ['callspan.waits', '3'],
      ['callspan.language', 'ar'],
      ['callspan.direction', 'outbound'],
    ] as const;
    for (const service of Object.values(SERVICES)) {
      for (const [key, value] of wanted) {
        const found = await searchTraces(stack.jaegerApi, {
          service,
          tags: { [key]: value, 'callspan.phase': 'conversation' },
          start: now - 30 * HOUR,
          end: Date.now(),
        });
        const expected: string[] = [];
        for (const call of calls) {
          const root = rootOf(await getTrace(stack.jaegerApi, call.traceId));
          if (root.service === service && String(root.attributes[key]) === value) expected.push(call.traceId);
        }
        expect(found.sort(), `${service} ${key}=${value}`).toEqual(expected.sort());
      }
    }
  });
});

function rootOf(trace: JaegerTrace): JaegerSpan {
  const [root, ...others] = trace.spans.filter((span) => span.parentId === undefined);
  expect(others).toEqual([]);
  if (!root) throw new Error('The trace has no root.');
  return root;
}

/** In order of time. */
function named(trace: JaegerTrace, name: string): JaegerSpan[] {
  const turn = (span: JaegerSpan) => Number(span.attributes['turn.number']);
  return trace.spans
    .filter((span) => span.name === name)
    .sort((one, other) => turn(one) - turn(other) || Number(one.end - other.end));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
