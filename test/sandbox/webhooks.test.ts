import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  audioEvent,
  CallBook,
  callBack,
  type ElevenLabsCall,
  elevenLabsConversation,
  elevenLabsSignature,
  initiationFailure,
  type Json,
  post,
  simulateCall,
  startElevenLabs,
  strangers,
  type TavusCall,
  tavusCallbacks,
  tavusConversation,
  toolDelivery,
  transcriptEvent,
  WebhookSender,
} from '../../sandbox/index.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const SECRET = 'wsec_test_3f9c1d';

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** A receiver that answers with each status in turn, the last for ever. */
async function receiver(...statuses: readonly number[]): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      // The sender has cut the connection: what came is nothing to be heard.
      return;
    }
    heard.push({ headers: request.headers, body: Buffer.concat(parts) });
    response.writeHead(statuses[Math.min(heard.length, statuses.length) - 1] ?? 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, heard };
}

const elevenLabsCall = (scenario: string, index = 1) =>
  simulateCall({ provider: 'elevenlabs', seed: 5, index, startAt: NOON, scenario }) as ElevenLabsCall;
const tavusCall = (index: number) =>
  simulateCall({ provider: 'tavus', seed: 5, index, startAt: NOON }) as TavusCall;

describe('a signature', () => {
  const body = Buffer.from(
    '{"type":"post_call_transcription_otel","event_timestamp":1795000000,"data":{"conversation_id":"conv_test","agent_id":"agent_test","otlp_traces":{"resourceSpans":[]}}}',
  );
  const digest = '416f490900bdac21efffad50be7028c611c4a69ab191922e11bfc32ae278013d';

  test('is the one that the official client accepts', () => {
    expect(elevenLabsSignature(body, SECRET, 1795000000)).toBe(`t=1795000000,v0=${digest}`);
  });

  test('stands among those of older secrets, with spaces, or in upper case', () => {
    expect(elevenLabsSignature(body, SECRET, 1795000000, 'rotated')).toMatch(
      new RegExp(`^t=1795000000,v0=[0-9a-f]{64},v0=${digest}$`),
    );
    expect(elevenLabsSignature(body, SECRET, 1795000000, 'rotating')).toContain(`,v0=${digest},v0=`);
    expect(elevenLabsSignature(body, SECRET, 1795000000, 'spaced')).toBe(`t=1795000000, v0=${digest}`);
    expect(elevenLabsSignature(body, SECRET, 1795000000, 'upper')).toBe(
      `t=1795000000,v0=${digest.toUpperCase()}`,
    );
  });
});

describe('the events of ElevenLabs', () => {
  test('hold what a fetch answers, in JSON, and three fields in the OpenTelemetry form', () => {
    const call = elevenLabsCall('ordinary');
    const { type, data, event_timestamp } = transcriptEvent(call, { format: 'json' });
    expect(type).toBe('post_call_transcription');
    expect(event_timestamp).toBe(Math.floor(call.terminalAt / 1e6) + 1);
    expect(data).toEqual(elevenLabsConversation(call, { at: call.terminalAt, format: 'json' }));
    const otel = transcriptEvent(call, { format: 'opentelemetry' });
    expect(otel.type).toBe('post_call_transcription_otel');
    expect(Object.keys(otel.data as Json).sort()).toEqual(['agent_id', 'conversation_id', 'otlp_traces']);
  });

  test('are the only copy of a call that nobody may keep', () => {
    const call = elevenLabsCall('zero-retention');
    const fetched = elevenLabsConversation(call, { at: call.terminalAt, format: 'opentelemetry' });
    expect(fetched.transcript).toEqual([]);
    const { data } = transcriptEvent(call, { format: 'json' }) as { data: Json };
    expect((data.transcript as Json[]).length).toBeGreaterThan(0);
    expect(data.metadata).toMatchObject({ features_usage: { pii_zrm_agent: true } });
    const otel = transcriptEvent(call, { format: 'opentelemetry' });
    expect(JSON.stringify(otel).match(/"spanId"/g)?.length).toBeGreaterThan(1);
  });

  test('include calls that were never connected, with the numbers of both ends', () => {
    const events = Array.from({ length: 20 }, (_, seed) =>
      initiationFailure('conv_x', 'agent_x', NOON * 1000, seed),
    );
    const kinds = new Set(events.map(({ data }) => ((data as Json).metadata as Json).type));
    expect(kinds).toEqual(new Set(['sip', 'twilio']));
    for (const event of events) expect(JSON.stringify(event)).toMatch(/\+\d{10}/);
  });

  test('share the URL with those of other products', () => {
    expect(new Set(strangers(NOON * 1000).map(({ type }) => type)).size).toBe(5);
  });
});

describe('the sender of ElevenLabs', () => {
  test('signs what it sends, and sends a recording in pieces without a length', async () => {
    const { url, heard } = await receiver(200);
    const sender = new WebhookSender({ url, secret: SECRET, now: () => NOON });
    const call = elevenLabsCall('ordinary');
    expect((await sender.send(transcriptEvent(call, { format: 'json' }))).taken).toBe(true);
    expect((await sender.send(audioEvent(call, 300_000))).taken).toBe(true);
    const [transcript, audio] = heard as [Heard, Heard];
    for (const { headers, body } of heard) {
      expect(headers['elevenlabs-signature']).toBe(elevenLabsSignature(body, SECRET, NOON / 1000));
    }
    expect(transcript.headers['content-length']).toBe(String(transcript.body.length));
    expect(audio.headers['content-length']).toBeUndefined();
    expect(audio.headers['transfer-encoding']).toBe('chunked');
  });

  test('tries a transcript again five times, with what it signed at first, and nothing else', async () => {
    const { url, heard } = await receiver(503);
    const sender = new WebhookSender({ url, secret: SECRET, retries: true, scale: 1e6 });
    const call = elevenLabsCall('ordinary');
    const { attempts, taken } = await sender.send(transcriptEvent(call, { format: 'json' }));
    expect(taken).toBe(false);
    expect(attempts.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503, 503]);
    expect(new Set(heard.map(({ headers }) => headers['elevenlabs-signature'])).size).toBe(1);
    expect((await sender.send(audioEvent(call, 10))).attempts).toHaveLength(1);
  });

  test('tries again what was answered with "later" until it is taken, and never what was refused', async () => {
    const call = elevenLabsCall('ordinary');
    const event = transcriptEvent(call, { format: 'json' });
    for (const [status, attempts] of [
      [500, 2],
      [429, 2],
      [408, 2],
      [401, 1],
      [404, 1],
      [413, 1],
      [202, 1],
    ] as const) {
      const { url } = await receiver(status, 200);
      const sender = new WebhookSender({ url, secret: SECRET, retries: true, scale: 1e6 });
      const delivery = await sender.send(event);
      expect([status, delivery.attempts.length, delivery.taken]).toEqual([status, attempts, attempts === 2]);
    }
  });

  test('switches a webhook off that has failed ten times and never succeeded, and says so', async () => {
    const { url, heard } = await receiver(204);
    const sender = new WebhookSender({ url, secret: SECRET, now: () => NOON });
    const server = await startElevenLabs({ book: new CallBook(), webhooks: () => [sender.status()] });
    onTestFinished(() => server.close());
    const told = async () => {
      const answer = await fetch(`${server.url}/v1/workspace/webhooks`, {
        headers: { 'xi-api-key': 'test-key' },
      });
      return ((await answer.json()) as { webhooks: Json[] }).webhooks[0];
    };
    const event = transcriptEvent(elevenLabsCall('ordinary'), { format: 'json' });
    for (let sent = 0; sent < 9; sent++) await sender.send(event);
    expect(await told()).toMatchObject({ is_auto_disabled: false, most_recent_failure_error_code: 204 });
    await sender.send(event);
    expect(await told()).toMatchObject({ is_disabled: true, is_auto_disabled: true });
    await sender.send(event);
    expect([heard.length, sender.dropped]).toEqual([10, 1]);
    sender.enable();
    await sender.send(event);
    expect(heard).toHaveLength(11);
  });

  test('leaves a webhook on that has succeeded within the week', async () => {
    const { url } = await receiver(200, 500);
    const sender = new WebhookSender({ url, secret: SECRET });
    const event = transcriptEvent(elevenLabsCall('ordinary'), { format: 'json' });
    for (let sent = 0; sent < 15; sent++) await sender.send(event);
    expect(sender.disabled).toBe(false);
  });

  test('drops what would be the hundred and first to wait', async () => {
    const { url } = await receiver(503);
    const sender = new WebhookSender({ url, secret: SECRET, retries: true });
    const event = transcriptEvent(elevenLabsCall('ordinary'), { format: 'json' });
    const sending = Array.from({ length: 103 }, () => sender.send(event));
    while (sender.dropped < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    sender.stop();
    await Promise.all(sending);
    expect(sender.dropped).toBe(3);
  });
});

describe('a POST that goes wrong', () => {
  test('is cut in the middle of its body', async () => {
    const { url, heard } = await receiver(200);
    const posted = await post(url, Buffer.alloc(100_000, 'x'), { chunk: 10_000, cutAt: 50_000 });
    expect(posted.status).toBeUndefined();
    expect(heard).toEqual([]);
  });

  test('finds nobody', async () => {
    expect((await post('http://127.0.0.1:9/hook', Buffer.from('{}'))).status).toBeUndefined();
  });
});

describe('the callbacks of Tavus', () => {
  test('are the events that a fetch answers, with everything around them, unsigned', async () => {
    const { url, heard } = await receiver(200);
    for (const index of [1, 2, 3, 4, 5]) {
      const call = tavusCall(index);
      const bodies = tavusCallbacks(call, url);
      const fetched = tavusConversation(call, call.end + 600e6, true).events as Json[] | null;
      const told = (events: readonly Json[]) =>
        new Set(events.map(({ event_type, timestamp }) => `${event_type} ${timestamp}`));
      const own = bodies.filter(({ event_type }) => event_type !== 'application.post_call_action_executed');
      expect(told(own)).toEqual(told(fetched ?? []));
      for (const body of bodies) {
        expect(body).toMatchObject({ conversation_id: call.id, webhook_url: url });
        expect((await callBack(url, body)).status).toBe(200);
      }
    }
    for (const { headers } of heard) expect(Object.keys(headers).join()).not.toMatch(/signature/);
  });

  test('come either way round, and some of them twice', () => {
    const orders = new Set<boolean>();
    let twice = 0;
    for (let index = 0; index < 40; index++) {
      const types = tavusCallbacks(tavusCall(index), '').map(({ event_type }) => String(event_type));
      const [shutdown, transcript] = ['system.shutdown', 'application.transcription_ready'].map((type) =>
        types.indexOf(type),
      ) as [number, number];
      if (shutdown >= 0 && transcript >= 0) orders.add(shutdown < transcript);
      if (new Set(types).size < types.length) twice += 1;
    }
    expect(orders).toEqual(new Set([true, false]));
    expect(twice).toBeGreaterThan(5);
  });

  test('share the URL with what tools deliver, which says nothing of a conversation', () => {
    expect(toolDelivery(tavusCall(1))).not.toHaveProperty('conversation_id');
  });
});
