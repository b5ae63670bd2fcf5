/**
 * How fast webhooks are taken: `npm run bench:webhooks`. Prints the 99th percentile of answers
 * at 200 a second beside that of a flush of this disk, and from the answer to the collector at 50 a second, with the CPU time that the
 * program needs for it.
 */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { type ElevenLabsCall, elevenLabsSignature, transcriptEvent } from '../sandbox/index.ts';
import { HOUR, makeWorld } from '../test/bridge/world.ts';
import { start } from '../test/cli/program.ts';

const SECRET = 'wsec_of_this_bench_only';
const world = await makeWorld();
const program = start(['run'], {
  ...world.environment,
  ...{ CALLSPAN_WEBHOOKS: '127.0.0.1:0', ELEVENLABS_WEBHOOK_SECRET: SECRET, CALLSPAN_LOOKBACK: '0s' },
  ...{ OTEL_METRICS_EXPORTER: 'none', ELEVENLABS_ZERO_RETENTION: process.argv[2] ?? 'false' },
});
await program.said('webhooks are taken');
const url = `${/"url":"([^"]+)"/.exec(program.stderr())?.[1]}/webhooks/elevenlabs`;
const agent = new Agent({ keepAlive: true, maxSockets: 32 });

const p99 = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0;

function flushes(): number[] {
  const file = openSync(join(world.folder, 'flush'), 'w');
  const took = Array.from({ length: 200 }, () => {
    writeSync(file, Buffer.alloc(4_096, 1));
    const began = performance.now();
    fsyncSync(file);
    return performance.now() - began;
  });
  closeSync(file);
  return took;
}

function send(body: Buffer): Promise<number> {
  const signature = elevenLabsSignature(body, SECRET, Math.floor(Date.now() / 1_000));
  const headers = { 'content-type': 'application/json', 'elevenlabs-signature': signature };
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const call = request(url, { method: 'POST', agent, headers });
    call.on('response', (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`It answered ${answer.statusCode}`));
      answer.resume().on('end', () => resolve(performance.now() - began));
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** CPU time of the program so far, in milliseconds. */
function cpu(): number {
  const fields = readFileSync(`/proc/${program.process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  // In hundredths of a second, on every Linux.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

let made = 0;
function next(): { call: ElevenLabsCall; body: Buffer } {
  const index = made++;
  const startAt = Date.now() - 20 * HOUR - index * 1_000;
  const id = world.book.add({ provider: 'elevenlabs', seed: 9, index, scenario: 'ordinary', startAt });
  const call = world.book.call(id) as ElevenLabsCall;
  return { call, body: Buffer.from(JSON.stringify(transcriptEvent(call, { format: 'json' }))) };
}

/** So many bodies at so many a second. @returns what `each` makes of every one. */
async function at<Result>(
  rate: number,
  count: number,
  each: (one: ReturnType<typeof next>) => Promise<Result>,
) {
  const all = Array.from({ length: count }, next);
  const began = performance.now();
  const results = all.map(async (one, index) => {
    await new Promise((resolve) => setTimeout(resolve, began + (index * 1_000) / rate - performance.now()));
    return await each(one);
  });
  return await Promise.all(results);
}

await at(50, 50, async ({ body }) => await send(body));
const flush = p99(flushes());
const arrived = async ({ call }: ReturnType<typeof next>) => {
  const answered = performance.now();
  while (world.sink.spans(call.traceId).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  return performance.now() - answered;
};
const before = cpu();
const delays = await at(50, 500, async (one) => {
  await send(one.body);
  return await arrived(one);
});
process.stdout.write(
  `answered to accepted at 50/s: p99 ${p99(delays).toFixed(0)} ms, ${((cpu() - before) / delays.length).toFixed(1)} ms of CPU each\n`,
);
const answers = await at(200, 1_000, async ({ body }) => await send(body));
process.stdout.write(
  `answer at 200/s: p99 ${p99(answers).toFixed(1)} ms; a flush of this disk: p99 ${flush.toFixed(2)} ms\n`,
);
agent.destroy();
program.process.kill('SIGTERM');
await program.ended;
await world.close();
