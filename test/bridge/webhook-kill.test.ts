import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ElevenLabsCall, transcriptEvent, WebhookSender } from '../../sandbox/index.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { type Running, start } from '../cli/program.ts';
import { WEBHOOK_SECRET } from './webhook-world.ts';
import { HOUR, makeWorld, type World } from './world.ts';

/** Where the program is killed, and whether what it was told has to be delivered then: it was answered, or is kept. */
const POINTS = [
  ['before-verify', false],
  ['after-inbox', true],
  ['before-answer', true],
  ['after-answer', true],
  ['before-send', true],
  ['after-accept', true],
  ['during-record', true],
] as const;

function begin(world: World, more: Record<string, string> = {}): Running {
  return start(['run'], {
    ...world.environment,
    ...{ CALLSPAN_WEBHOOKS: '127.0.0.1:0', ELEVENLABS_WEBHOOK_SECRET: WEBHOOK_SECRET },
    ...{ ELEVENLABS_ZERO_RETENTION: 'true', CALLSPAN_LOOKBACK: '0s', OTEL_METRICS_EXPORTER: 'none' },
    ...more,
  });
}

async function urlOf(running: Running): Promise<string> {
  await running.said('webhooks are taken');
  return `${/"url":"([^"]+)"/.exec(running.stderr())?.[1]}/webhooks/elevenlabs`;
}

/** What anybody said in a call that is long enough to be found again. */
function wordsOf(call: ElevenLabsCall): string[] {
  const { data } = transcriptEvent(call, { format: 'json' }) as unknown as {
    data: { transcript: { message: string | null }[] };
  };
  return data.transcript.flatMap(({ message }) => (message !== null && message.length > 15 ? [message] : []));
}

function onDisk(folder: string, words: readonly string[]): string[] {
  return readdirSync(folder).filter((name) => {
    const content = readFileSync(join(folder, name));
    return words.some((text) => content.includes(text));
  });
}

describe('a call that nobody may keep, whose bridge is killed', () => {
  test.each(POINTS)('%s', async (point, isKept) => {
    const world = await makeWorld();
    onTestFinished(() => world.close());
    const startAt = Date.now() - 20 * HOUR;
    const id = world.book.add({
      provider: 'elevenlabs',
      seed: 3,
      index: 0,
      scenario: 'zero-retention',
      startAt,
    });
    const call = world.book.call(id) as ElevenLabsCall;
    const event = transcriptEvent(call, { format: 'json' });
    const words = wordsOf(call);
    expect(words.length).toBeGreaterThan(0);

    const first = begin(world, { CALLSPAN_CRASH_AT: point });
    const told = await new WebhookSender({ url: await urlOf(first), secret: WEBHOOK_SECRET }).send(event);
    const { signal } = await first.ended;
    expect(signal).toBe('SIGKILL');
    if (told.taken) expect(isKept).toBe(true);
    // It was taken, or somebody will send it again; nobody has read it meanwhile.
    if (isKept && point !== 'after-accept' && point !== 'during-record') {
      expect(onDisk(world.folder, words)).not.toEqual([]);
    }

    const second = begin(world);
    const url = await urlOf(second);
    const sender = new WebhookSender({ url, secret: WEBHOOK_SECRET });
    if (!isKept) expect((await sender.send(event)).taken).toBe(true);
    await second.said('"delivered"');
    // Once more, as a vendor does that has not heard the answer: nothing comes of it.
    expect((await sender.send(event)).taken).toBe(true);
    second.process.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);

    const [traceId = '', ...others] = world.sink.traces();
    expect(others).toEqual([]);
    for (const span of world.sink.spans(traceId)) expect(span.forms).toHaveLength(1);
    expect(world.sink.spans(traceId).length).toBeGreaterThan(2);

    const third = begin(world);
    await urlOf(third);
    await third.said('"callspan is running"');
    const ledger = await openLedger(join(world.folder, 'callspan.db'), { readOnly: true });
    const counted = (await ledger.series()).filter(({ metric }) => metric === 'callspan.conversations');
    expect(counted.map(({ count }) => count)).toEqual([1n]);
    await ledger.close();
    while (onDisk(world.folder, words).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    third.process.kill('SIGTERM');
    await third.ended;
    expect(onDisk(world.folder, words)).toEqual([]);
  });
});
