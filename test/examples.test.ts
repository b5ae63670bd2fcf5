import { spawn } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type ElevenLabsCall,
  elevenLabsConversation,
  transcriptEvent,
  WebhookSender,
} from '../sandbox/index.ts';
import { HOUR, makeWorld, type World } from './bridge/world.ts';

const FOLDER = fileURLToPath(new URL('../examples/', import.meta.url));

let world: World;
/** A conversation of an hour ago, and a file with what the API answers for it. */
let payload: { file: string; id: string; traceId: string };

beforeEach(async () => {
  world = await makeWorld();
  const startAt = Date.now() - HOUR;
  const id = world.book.add({ provider: 'elevenlabs', seed: 5, index: 0, scenario: 'ordinary', startAt });
  const call = world.book.call(id);
  if (call?.provider !== 'elevenlabs') throw new Error('It is a call of ElevenLabs');
  const file = join(world.folder, 'payload.json');
  const at = Date.now() * 1000;
  await writeFile(file, JSON.stringify(elevenLabsConversation(call, { at, format: 'opentelemetry' })));
  payload = { file, id, traceId: call.traceId };
});

afterEach(() => world.close());

/** As a user would run it, with the settings of the world and no others. */
async function run(program: string, ...words: string[]): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, [join(FOLDER, program), ...words], {
    env: { PATH: process.env.PATH, ...world.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { code, stdout };
}

describe('the example', () => {
  test('translate.mjs prints the spans of a payload in a file', async () => {
    const { code, stdout } = await run('translate.mjs', payload.file);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^trace ${payload.traceId}: completed\n`));
    expect(stdout.split('\n')).toContain('elevenlabs.response_latency');
  });

  test('deliver.mjs brings a payload in a file to the collector', async () => {
    expect(await run('deliver.mjs', payload.file)).toEqual({
      code: 0,
      stdout: `${payload.traceId} accepted\n`,
    });
    expect(world.sink.traces()).toEqual([payload.traceId]);
    expect(world.sink.violations).toEqual([]);
  });

  test('bridge.mjs delivers what the vendors have, with the settings of the environment', async () => {
    expect(await run('bridge.mjs')).toEqual({ code: 0, stdout: 'seen 1, delivered 1, pending 0\n' });
    expect(world.sink.traces()).toEqual([payload.traceId]);
  });

  test('webhook.mjs verifies what a vendor sends, and says which trace it belongs to', async () => {
    const child = spawn(process.execPath, [join(FOLDER, 'webhook.mjs'), '0'], {
      env: { PATH: process.env.PATH, WEBHOOK_SECRET: 'wsec_old,wsec_example' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const said = async () => String((await lines.next()).value);
    const url = await said();
    const call = world.book.call(payload.id) as ElevenLabsCall;
    const event = transcriptEvent(call, { format: 'opentelemetry' });
    expect((await new WebhookSender({ url, secret: 'wsec_example' }).send(event)).taken).toBe(true);
    expect(await said()).toBe(`post_call_transcription_otel ${payload.id}: ${payload.traceId}`);
    const [refused] = (await new WebhookSender({ url, secret: 'wsec_forged' }).send(event)).attempts;
    expect(refused?.status).toBe(401);
    expect(await said()).toBe('refused: mismatch');
    child.kill();
  });

  test('of any other name does not exist: each of them is run here', async () => {
    const programs = (await readdir(FOLDER)).filter((name) => name.endsWith('.mjs'));
    expect(programs.sort()).toEqual(['bridge.mjs', 'deliver.mjs', 'translate.mjs', 'webhook.mjs']);
  });
});
