import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Sink, startSink } from '../../sandbox/index.ts';
import { Bridge } from '../../src/bridge/bridge.ts';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { derivedTraceId } from '../../src/trace/ids.ts';
import type { OtlpTraces } from '../../src/trace/otlp.ts';
import { callspan } from '../cli/program.ts';
import { type PlainVendor, startPlainVendor } from './plain-vendor.ts';
import { ledgerFolder } from './simulation.ts';
import { type LogLine, recordingLog } from './world.ts';

const T = '0af7651916cd43dd8448eb211c80319c';

let vendor: PlainVendor;
let sink: Sink;
let folder: Awaited<ReturnType<typeof ledgerFolder>>;
let environment: Record<string, string>;
let config: Config;

beforeEach(async () => {
  vendor = await startPlainVendor();
  sink = await startSink();
  folder = await ledgerFolder();
  environment = {
    ...{ ELEVENLABS_API_KEY: 'test-key', ELEVENLABS_BASE_URL: vendor.url },
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
    CALLSPAN_STATE: join(folder.path, 'callspan.db'),
  };
  config = await loadConfig(environment);
});

afterEach(async () => {
  await Promise.all([vendor.close(), sink.close()]);
  await rm(folder.path, { recursive: true, force: true });
});

async function withBridge<Result>(
  work: (bridge: Bridge, stop: AbortSignal) => Promise<Result>,
): Promise<{ result: Result; log: LogLine[] }> {
  const { log, lines } = recordingLog();
  const ledger = await openLedger(config.state);
  try {
    return {
      result: await work(new Bridge({ config, ledger, log }), new AbortController().signal),
      log: lines,
    };
  } finally {
    await ledger.close();
  }
}

const runOnce = () => withBridge((bridge, stop) => bridge.runOnce(stop));

interface Attributes {
  readonly attributes?: readonly {
    readonly key: string;
    readonly value: { readonly stringValue?: string };
  }[];
}

/** Of each conversation that arrived: the trace ids under which it did. */
function traces(): Record<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const traceId of sink.traces()) {
    for (const { span } of sink.spans(traceId).flatMap(({ forms }) => forms)) {
      const { attributes } = (span ?? {}) as Attributes;
      const id = attributes?.find(({ key }) => key === 'gen_ai.conversation.id')?.value.stringValue;
      if (id !== undefined) found.set(id, (found.get(id) ?? new Set()).add(traceId));
    }
  }
  return Object.fromEntries([...found].map(([id, ids]) => [id, [...ids]]));
}

const countOf = (traceId: string) => sink.spans(traceId).length;
const changed = () =>
  sink.traces().flatMap((traceId) => sink.spans(traceId).filter(({ forms }) => forms.length > 1));

describe('two conversations to which the vendor gives one trace id', () => {
  test('become two traces: the first has it, the second one of its own, and a repetition is the same', async () => {
    vendor.add('conv_a', { traceId: T });
    expect((await runOnce()).result).toMatchObject({ delivered: 1, failures: [] });
    vendor.add('conv_b', { traceId: T });
    const { result, log } = await runOnce();
    expect(result).toMatchObject({ delivered: 1, failures: [] });
    const own = derivedTraceId('elevenlabs', 'conv_b');
    expect(traces()).toEqual({ conv_a: [T], conv_b: [own] });
    expect(countOf(own)).toBe(countOf(T));
    expect(log.filter(({ level }) => level === 'warn')).toMatchObject([
      {
        message: 'another conversation has its trace id, so it gets one of its own',
        fields: { conversation: 'conv_b', traceId: own, vendorTraceId: T },
      },
    ]);
    for (const id of ['conv_b', 'conv_a']) {
      const command = { kind: 'export', source: 'elevenlabs', id, forced: Date.now() + 1_000 } as const;
      const again = await withBridge((bridge, stop) => bridge.carryOut(command, stop, () => undefined));
      expect(again.result).toMatchObject({ kind: 'delivered', traceId: id === 'conv_a' ? T : own });
      expect(again.result.changed).toBe(false);
    }
    expect(traces()).toEqual({ conv_a: [T], conv_b: [own] });
    expect(changed()).toEqual([]);
    expect(sink.spans(own).every(({ arrivals }) => arrivals === 2)).toBe(true);
  });

  test('keep what they had taken when the process died before it could send the first', async () => {
    vendor.add('conv_a', { traceId: T });
    vendor.add('conv_b', { traceId: T });
    const ledger = await openLedger(config.state);
    const source = await ledger.source('elevenlabs', 'elevenlabs');
    const sighting = { id: 'conv_b', ended: true, startedAt: undefined, endedAt: undefined, due: 0 };
    await ledger.conversations.see(source, [sighting], 0);
    await ledger.conversations.takeTrace(source, 'conv_b', [T]);
    await ledger.close();
    expect((await runOnce()).result).toMatchObject({ delivered: 2, failures: [] });
    expect(traces()).toEqual({ conv_b: [T], conv_a: [derivedTraceId('elevenlabs', 'conv_a')] });
  });

  test('are mended each in its own trace', async () => {
    vendor.add('conv_a', { traceId: T });
    vendor.add('conv_b', { traceId: T });
    await runOnce();
    const before = traces();
    const items = ['conv_a', 'conv_b'].map((id) => ({ id, have: [] }));
    const command = { kind: 'repair', source: 'elevenlabs', items } as const;
    const { result } = await withBridge((bridge, stop) => bridge.carryOut(command, stop, () => undefined));
    expect(result).toMatchObject({ repaired: 2, problems: [] });
    expect(traces()).toEqual(before);
    expect(changed()).toEqual([]);
  });

  test('are each one trace also where they are of two sources', async () => {
    vendor.add('conv_a', { traceId: T });
    const second = config.sources.map((source) => ({ ...source, name: 'second' }));
    config = { ...config, sources: [...config.sources, ...second] };
    expect((await runOnce()).result).toMatchObject({ delivered: 2, failures: [] });
    const [one, other] = traces().conv_a ?? [];
    expect([one, other].sort()).toEqual([T, derivedTraceId('elevenlabs', 'conv_a')].sort());
    expect(changed()).toEqual([]);
  });
});

describe('the trace id of a payload', () => {
  test.each([
    ['all zero', '0'.repeat(32)],
    ['too short', 'ab'.repeat(8)],
    ['a text', 'trace'],
    ['none', undefined],
    ['a number', 7],
    ['hex digits and a line break', `${'ab'.repeat(16)}\n`],
    ['of letters that are digits elsewhere', '٠١٢٣٤٥٦٧٨٩'.repeat(3)],
  ])('that is %s is made of the conversation’s own, and two with it share none', async (_, traceId) => {
    vendor.add('conv_a', { traceId });
    vendor.add('conv_b', { traceId });
    expect((await runOnce()).result).toMatchObject({ delivered: 2, failures: [], dead: 0 });
    expect(traces()).toEqual({
      conv_a: [derivedTraceId('elevenlabs', 'conv_a')],
      conv_b: [derivedTraceId('elevenlabs', 'conv_b')],
    });
  });

  test('that is another conversation’s derived one is taken for that one’s, and neither is lost', async () => {
    vendor.add('conv_a', { traceId: derivedTraceId('elevenlabs', 'conv_b') });
    expect((await runOnce()).result.delivered).toBe(1);
    vendor.add('conv_b', { traceId: undefined });
    expect((await runOnce()).result.delivered).toBe(1);
    const { conv_a, conv_b } = traces();
    expect(conv_a).toEqual([derivedTraceId('elevenlabs', 'conv_b')]);
    expect(conv_b).toEqual([derivedTraceId('elevenlabs', 'elevenlabs/conv_b')]);
  });

  test('that is two in one payload is the root’s, and all its spans are in it', async () => {
    vendor.add('conv_a', { traceId: T, others: 'fe'.repeat(16) });
    expect((await runOnce()).result).toMatchObject({ delivered: 1, failures: [] });
    expect(sink.traces()).toEqual([T]);
    expect(countOf(T)).toBeGreaterThan(2);
  });
});

describe('what is shown of a conversation that has a trace of its own', () => {
  test.each(['show', 'trace-id'])('%s has the trace id that was sent', async (command) => {
    vendor.add('conv_a', { traceId: T });
    vendor.add('conv_b', { traceId: T });
    await runOnce();
    const [second = ''] = Object.entries(traces()).flatMap(([id, [traceId]]) => (traceId === T ? [] : [id]));
    const { stdout, code } = await callspan([command, 'elevenlabs', second], environment);
    expect(code).toBe(0);
    expect(stdout).toContain(derivedTraceId('elevenlabs', second));
    expect(stdout).not.toContain(T);
  });

  test('show --json has the bytes that were sent', async () => {
    vendor.add('conv_a', { traceId: T });
    vendor.add('conv_b', { traceId: T });
    await runOnce();
    const [[second = '', [traceId = '']] = ['', ['']]] = Object.entries(traces()).filter(
      ([, [id]]) => id !== T,
    );
    const { stdout } = await callspan(['show', 'elevenlabs', second, '--json'], environment);
    const shown = (JSON.parse(stdout) as OtlpTraces).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans),
    );
    expect(shown.map((span) => span.spanId).sort()).toEqual(
      sink
        .spans(traceId)
        .map((span) => span.spanId)
        .sort(),
    );
  });
});
