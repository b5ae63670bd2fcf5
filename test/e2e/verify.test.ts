import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeWorld, type World } from '../bridge/world.ts';
import { callspan } from '../cli/program.ts';
import { getTrace, readTrace } from './jaeger.ts';
import { type Stack, startStack } from './stack.ts';

const HOUR = 3_600_000;
const CALLS = 20;

let folder: string;
let world: World;
let stack: Stack;
/** Stands before the collector and shows the sink all that goes to it. */
let tee: { url: string; close(): void };
let environment: Record<string, string>;
/** By trace id: the requests that hold each span of it, as they went to the collector. */
const sent = new Map<string, unknown[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callspan-verify-'));
  world = await makeWorld();
  stack = await startStack({ dir: folder });
  tee = await startTee([`${stack.otlpHttp}/v1/traces`, world.sink.tracesUrl]);
  environment = { ...world.environment, OTEL_EXPORTER_OTLP_ENDPOINT: tee.url };
  const now = Date.now();
  for (const provider of ['elevenlabs', 'tavus'] as const) {
    world.book.fill({
      provider,
      seed: 3,
      count: CALLS / 2,
      from: now - 9 * HOUR,
      to: now - 3 * HOUR,
      scenario: 'tool-ok',
    });
  }
  const run = await callspan(['run', '--once'], environment);
  expect(run.stdout).toContain(`delivered ${CALLS}`);
  for (const traceId of world.sink.traces()) {
    const requests = world.sink.spans(traceId).map(({ forms: [form] }) => ({
      resourceSpans: [
        { resource: form?.resource, scopeSpans: [{ scope: form?.scope, spans: [form?.span] }] },
      ],
    }));
    sent.set(traceId, requests);
    await readTrace(stack.jaegerApi, traceId, requests.length);
  }
});

afterAll(async () => {
  tee?.close();
  await stack?.stop();
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});

const verify = (...args: string[]) =>
  callspan(['verify', '--against', 'jaeger', ...args, stack.jaegerApi], environment);

test('a store that has everything is found to have it', async () => {
  expect(await verify()).toMatchObject({
    code: 0,
    stdout: `checked ${CALLS}, missing 0, short of spans 0\n`,
  });
  expect(await verify('--sample', '5')).toMatchObject({
    code: 0,
    stdout: 'checked 5, missing 0, short of spans 0\n',
  });
});

test('what a store has lost is found, and --repair restores just that', async () => {
  const [lost = '', short = '', ...whole] = [...sent.keys()];
  await stack.program('jaeger').stop();
  await rm(join(folder, 'jaeger'), { recursive: true });
  await stack.program('jaeger').restart();
  const kept = [
    ...whole.flatMap((traceId) => sent.get(traceId) ?? []),
    ...(sent.get(short) ?? []).slice(0, -2),
  ];
  for (const request of kept) await post(`${stack.jaegerOtlp}/v1/traces`, request);
  await readTrace(stack.jaegerApi, short, (sent.get(short)?.length ?? 0) - 2);

  const found = await verify();
  expect(found.code).toBe(1);
  const lines = found.stdout.trim().split('\n');
  expect(lines.at(-1)).toBe(`checked ${CALLS}, missing 1, short of spans 1`);
  expect(lines.find((line) => line.includes(lost))).toMatch(/ missing$/);
  expect(lines.find((line) => line.includes(short))).toMatch(
    new RegExp(` ${(sent.get(short)?.length ?? 0) - 2} of ${sent.get(short)?.length} spans$`),
  );

  const repaired = await verify('--repair');
  expect(repaired).toMatchObject({ code: 0, stderr: '' });
  expect(repaired.stdout).toContain(`sent ${(sent.get(lost)?.length ?? 0) + 2} spans again`);
  await readTrace(stack.jaegerApi, lost, sent.get(lost)?.length ?? 0);
  await readTrace(stack.jaegerApi, short, sent.get(short)?.length ?? 0);
  expect(await verify()).toMatchObject({ code: 0 });

  // Nothing but what was missing has gone through the collector again, and not otherwise than before.
  expect(twice(lost)).toBe(sent.get(lost)?.length);
  expect(twice(short)).toBe(2);
  for (const traceId of whole) expect(twice(traceId)).toBe(0);
  expect(world.sink.differing()).toEqual([]);
  expect((await getTrace(stack.jaegerApi, short)).warnings).toEqual([]);
});

/** How many spans of a trace came through the collector twice. */
function twice(traceId: string): number {
  return world.sink.spans(traceId).filter((span) => span.arrivals === 2).length;
}

async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
}

async function startTee(targets: readonly string[]): Promise<{ url: string; close(): void }> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = {
      'content-type': 'application/json',
      'content-encoding': String(request.headers['content-encoding']),
    };
    const answers = await Promise.all(
      targets.map((target) => fetch(target, { method: 'POST', headers, body: Buffer.concat(chunks) })),
    );
    const [first] = answers;
    response.writeHead(first?.status ?? 502, { 'content-type': 'application/json' });
    response.end(await first?.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
