import { describe, expect, onTestFinished, test } from 'vitest';
import {
  audioEvent,
  callBack,
  initiationFailure,
  post,
  strangers,
  tavusCallbacks,
  toolDelivery,
  transcriptEvent,
} from '../../sandbox/index.ts';
import type { OtlpAttribute } from '../../src/trace/otlp.ts';
import { fileSettings } from '../config/settings.ts';
import { WEBHOOK_SECRET, WEBHOOK_TOKEN, type WebhookWorld, webhookWorld } from './webhook-world.ts';

async function setUp(settings?: Record<string, string>): Promise<WebhookWorld> {
  const world = await webhookWorld(settings);
  onTestFinished(() => world.close());
  return world;
}

/** The root of a conversation's trace at the collector, as names with values. */
function rootOf({ sink }: WebhookWorld, id: string): Map<string, unknown> | undefined {
  const spans = sink.traces().flatMap((traceId) => sink.spans(traceId).map(({ forms }) => forms[0]?.span));
  for (const span of spans as ({ parentSpanId?: string; attributes: OtlpAttribute[] } | undefined)[]) {
    if (span === undefined || span.parentSpanId) continue;
    const attributes = new Map(
      span.attributes.map(({ key, value }) => [key, Object.values(value)[0] as unknown]),
    );
    if (attributes.get('gen_ai.conversation.id') === id) return attributes;
  }
  return undefined;
}

const gets = (world: WebhookWorld, id: string) =>
  world.elevenLabs.requests.all.filter(({ path }) => path.endsWith(`/${id}`)).length;

describe('a webhook of ElevenLabs', () => {
  test('of an ordinary agent has its conversation fetched, with both halves, once however often it comes', async () => {
    const world = await setUp();
    const call = world.elevenLabsCall('ordinary');
    const events = (['json', 'opentelemetry'] as const).map((format) => transcriptEvent(call, { format }));
    for (const event of [...events, ...events]) expect((await world.sender.send(event)).taken).toBe(true);
    await world.until(async () => (await world.state('elevenlabs', call.id)) === 'delivered');
    expect(gets(world, call.id)).toBe(1);
    expect(world.sink.traces()).toEqual([call.traceId]);
    expect(rootOf(world, call.id)?.has('callspan.missing')).toBe(false);
    expect(world.sink.violations).toEqual([]);
    const source = await world.ledger.source('elevenlabs', 'elevenlabs');
    await world.until(async () => (await world.ledger.inbox.depth(source)).waiting === 0);
    expect((await world.ledger.inbox.of(source, call.id)).payload).toBeUndefined();
  });

  test.each([
    ['json', undefined],
    ['opentelemetry', 'transcript'],
  ] as const)(
    'of an agent that keeps nothing is all there is of its conversation: %s',
    async (format, missing) => {
      const world = await setUp({ ELEVENLABS_ZERO_RETENTION: 'true' });
      const call = world.elevenLabsCall('zero-retention');
      expect((await world.sender.send(transcriptEvent(call, { format }))).taken).toBe(true);
      await world.until(async () => (await world.state('elevenlabs', call.id)) === 'delivered');
      expect(gets(world, call.id)).toBe(0);
      expect(rootOf(world, call.id)?.get('callspan.missing')).toBe(missing);
      const [traceId = ''] = world.sink.traces();
      expect(world.sink.spans(traceId).length).toBeGreaterThan(2);
    },
  );

  test('whose conversation the vendor shows emptied is used for it, also where no setting says so', async () => {
    const world = await setUp();
    const call = world.elevenLabsCall('zero-retention');
    // The spans alone do not say that the agent keeps nothing; the fetch does.
    await world.sender.send(transcriptEvent(call, { format: 'opentelemetry' }));
    await world.until(async () => (await world.state('elevenlabs', call.id)) === 'delivered');
    expect(gets(world, call.id)).toBe(1);
    const [traceId = ''] = world.sink.traces();
    expect(world.sink.spans(traceId).length).toBeGreaterThan(2);
  });

  test('comes in time also where the list has shown the emptied conversation before, and nothing empties it after', async () => {
    const world = await setUp({ CALLSPAN_LOOKBACK: '24h', CALLSPAN_POLL_INTERVAL: '200ms' });
    const call = world.elevenLabsCall('zero-retention');
    await world.until(async () => gets(world, call.id) > 0);
    expect(world.sink.traces()).toEqual([]);
    await world.sender.send(transcriptEvent(call, { format: 'json' }));
    await world.until(async () => (await world.state('elevenlabs', call.id)) === 'delivered');
    const before = world.sink.traces().map((traceId) => JSON.stringify(world.sink.spans(traceId)));
    const source = await world.ledger.source('elevenlabs', 'elevenlabs');
    const wish = { id: call.id, startedAt: undefined, endedAt: undefined };
    await world.ledger.conversations.want(source, [wish], Date.now(), Date.now() + 1_000);
    // The other form of it comes too, and has it looked at.
    const asked = gets(world, call.id);
    await world.sender.send(transcriptEvent(call, { format: 'opentelemetry' }));
    await world.until(() => gets(world, call.id) > asked);
    await world.until(async () => (await world.state('elevenlabs', call.id)) === 'delivered');
    expect(world.sink.traces().map((traceId) => JSON.stringify(world.sink.spans(traceId)))).toEqual(before);
  });

  test('of a call that was never connected is one span that failed, counted, without a number of anybody', async () => {
    const world = await setUp();
    const event = initiationFailure('conv_never_connected', 'agent_x', Date.now() * 1_000, 3);
    expect((await world.sender.send(event)).taken).toBe(true);
    await world.until(async () => (await world.state('elevenlabs', 'conv_never_connected')) === 'delivered');
    const [traceId = ''] = world.sink.traces();
    expect(world.sink.spans(traceId)).toHaveLength(1);
    expect(rootOf(world, 'conv_never_connected')?.get('callspan.outcome')).toBe('failed');
    expect(JSON.stringify(world.sink.spans(traceId))).not.toMatch(/\+\d{6}/);
    const counted = (await world.ledger.series()).filter(({ metric }) => metric === 'callspan.conversations');
    expect(counted.map(({ count }) => count)).toEqual([1n]);
  });

  test('that is a recording, another product’s or of an unknown kind is answered with 200, and forgotten', async () => {
    const world = await setUp();
    const call = world.elevenLabsCall('ordinary');
    for (const event of [audioEvent(call, 300_000), ...strangers(Date.now() * 1_000)]) {
      expect((await world.sender.send(event)).taken).toBe(true);
    }
    const source = await world.ledger.source('elevenlabs', 'elevenlabs');
    expect(await world.ledger.inbox.depth(source)).toMatchObject({ waiting: 0, payloads: 0 });
    expect(await world.state('elevenlabs', call.id)).toBeUndefined();
  });

  test('of an agent that is not wanted is forgotten', async () => {
    const world = await setUp({
      ...fileSettings(
        `sources:\n  - { name: elevenlabs, provider: elevenlabs, key: '\${KEY}', agents: [agent_1], webhook: { secrets: '\${HOOK}' } }\n`,
      ),
      HOOK: WEBHOOK_SECRET,
    });
    expect(
      (await world.sender.send(initiationFailure('conv_a', 'agent_2', Date.now() * 1_000, 1))).taken,
    ).toBe(true);
    expect(
      (await world.sender.send(initiationFailure('conv_b', 'agent_1', Date.now() * 1_000, 1))).taken,
    ).toBe(true);
    await world.until(async () => (await world.state('elevenlabs', 'conv_b')) === 'delivered');
    expect(await world.state('elevenlabs', 'conv_a')).toBeUndefined();
  });

  test('without a good signature is refused, told once, counted, and leaves nothing behind', async () => {
    const world = await setUp();
    const body = Buffer.from(
      JSON.stringify(transcriptEvent(world.elevenLabsCall('ordinary'), { format: 'json' })),
    );
    const t = Math.floor(Date.now() / 1_000);
    for (const header of [undefined, `t=${t},v0=${'ab'.repeat(32)}`, `t=${t},v0=${'cd'.repeat(32)}`, 'x']) {
      const headers = header === undefined ? {} : { 'elevenlabs-signature': header };
      expect((await post(world.hooks.elevenLabs, body, { headers })).status).toBe(401);
    }
    const told = world.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields.verdict);
    expect(told).toEqual(['refused: missing', 'refused: mismatch', 'refused: malformed']);
    const metrics = await (await fetch(`${world.telemetry.url}/metrics`)).text();
    expect(metrics).toMatch(
      /callspan_webhooks_total\{callspan_source="elevenlabs",callspan_webhook_type="none",callspan_result="refused: mismatch"\} 2/,
    );
    expect(metrics).toMatch(/callspan_inbox_depth\{callspan_source="elevenlabs"\} 0/);
  });
});

describe('a callback of Tavus', () => {
  test('is a hint at a conversation that is then fetched', async () => {
    const world = await setUp();
    const call = world.tavusCall();
    for (const body of tavusCallbacks(call, world.hooks.tavus)) {
      expect((await callBack(world.hooks.tavus, body)).status).toBe(200);
    }
    expect((await callBack(world.hooks.tavus, toolDelivery(call))).status).toBe(200);
    const shutdown = {
      event_type: 'application.perception_unavailable',
      conversation_id: call.id,
      properties: {},
    };
    expect((await callBack(world.hooks.tavus, shutdown)).status).toBe(200);
    await world.until(async () => (await world.state('tavus', call.id)) === 'delivered');
    expect(world.sink.violations).toEqual([]);
    expect(JSON.stringify(world.sink.traces().map((id) => world.sink.spans(id)))).not.toContain(
      WEBHOOK_TOKEN,
    );
  });

  test('with a wrong token, or none, is not even told that there is something', async () => {
    const world = await setUp();
    const base = world.hooks.tavus.slice(0, -WEBHOOK_TOKEN.length - 1);
    for (const url of [
      base,
      `${base}/`,
      `${base}/wrong`,
      `${base}/${WEBHOOK_TOKEN}/x`,
      `${base}x/${WEBHOOK_TOKEN}`,
    ]) {
      expect((await callBack(url, { event_type: 'system.shutdown', conversation_id: 'c1' })).status).toBe(
        404,
      );
    }
    expect(JSON.stringify(world.lines)).not.toContain(WEBHOOK_TOKEN);
  });

  test('that is made up costs a fetch a second at most, and what the list vouches for goes first', async () => {
    const world = await setUp();
    const call = world.tavusCall();
    const source = await world.ledger.source('tavus', 'tavus');
    const due = Date.now() + 3_600_000;
    await world.ledger.conversations.see(
      source,
      [{ id: call.id, ended: false, startedAt: call.start / 1_000, endedAt: undefined, due }],
      Date.now(),
    );
    const began = performance.now();
    const made = (id: string) => ({
      event_type: 'application.perception_analysis',
      conversation_id: id,
      properties: {},
    });
    const forged = Array.from({ length: 300 }, (_, index) =>
      callBack(world.hooks.tavus, made(`c0forged${index}`)),
    );
    await Promise.all([...forged, callBack(world.hooks.tavus, made(call.id))]);
    await world.until(async () => (await world.state('tavus', call.id)) === 'delivered');
    const asked = world.tavus.requests.all.filter(({ path }) => /\/c0forged/.test(path)).length;
    expect(asked).toBeLessThanOrEqual(2 + (performance.now() - began) / 1_000);
  });
});

test('a stop answers what is in hand', async () => {
  const world = await setUp();
  const call = world.elevenLabsCall('ordinary');
  const event = transcriptEvent(call, { format: 'json' });
  const sending = world.sender.send(event, { chunk: 20_000, pause: 20 });
  await new Promise((resolve) => setTimeout(resolve, 60));
  await world.stop();
  expect((await sending).taken).toBe(true);
  const source = await world.ledger.source('elevenlabs', 'elevenlabs');
  expect((await world.ledger.inbox.of(source, call.id)).latest).toBeGreaterThan(0);
  expect((await post(world.hooks.elevenLabs, Buffer.from('{}'))).status).toBeUndefined();
});
