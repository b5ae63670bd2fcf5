import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  elevenLabsConversation,
  elevenLabsTraces,
  publishedCalls,
  simulateCall,
  tavusConversation,
} from '../sandbox/index.ts';
import * as callspan from '../src/index.ts';
import { derivedTraceId, toOtlp, translate, UnknownPayloadError } from '../src/index.ts';

const AFTER = 86_400e6;
const START = 1_780_000_000_000;

function tavusCall(scenario = 'ordinary') {
  const call = simulateCall({ provider: 'tavus', seed: 1, index: 0, startAt: START, scenario });
  if (call.provider !== 'tavus') throw new Error('It is a call of Tavus');
  return call;
}

function elevenLabsCall() {
  const call = simulateCall({
    provider: 'elevenlabs',
    seed: 1,
    index: 0,
    startAt: START,
    scenario: 'ordinary',
  });
  if (call.provider !== 'elevenlabs') throw new Error('It is a call of ElevenLabs');
  return call;
}

async function ready(...args: Parameters<typeof translate>) {
  const fetched = await translate(...args);
  if (fetched.kind !== 'ready') throw new Error(`It is ${fetched.kind}: ${fetched.reason}`);
  return fetched.translated;
}

describe('a payload is translated', () => {
  it('of Tavus, into the spans that the bridge would send', async () => {
    const call = tavusCall();
    const { batch, conversation, spanIds } = await ready(
      tavusConversation(call, call.terminalAt + AFTER, true),
    );
    const spans = toOtlp(batch).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((scope) => scope.spans),
    );
    expect(conversation).toMatchObject({
      provider: 'tavus',
      id: call.id,
      traceId: derivedTraceId('tavus', call.id),
    });
    expect(spans.map(({ spanId }) => spanId)).toEqual(spanIds);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([conversation.traceId]));
  });

  it('of ElevenLabs, into its own trace, mended and decorated', async () => {
    const call = elevenLabsCall();
    const at = call.terminalAt + AFTER;
    const { batch, conversation } = await ready(
      elevenLabsConversation(call, { at, format: 'opentelemetry' }),
    );
    expect(batch.kind).toBe('otlp');
    expect(conversation).toMatchObject({ provider: 'elevenlabs', traceId: call.traceId });
  });

  it('in the envelope of a webhook as without it, byte for byte', async () => {
    const call = elevenLabsCall();
    const data = elevenLabsConversation(call, { at: call.terminalAt + AFTER, format: 'opentelemetry' });
    const plain = await ready(data);
    const pushed = await ready({ type: 'post_call_transcription', event_timestamp: 1_780_000_100, data });
    expect(toOtlp(pushed.batch)).toEqual(toOtlp(plain.batch));
  });

  it('where a webhook brings the spans alone, without a status: it is sent after the end', async () => {
    const call = elevenLabsCall();
    const data = { conversation_id: call.id, agent_id: 'agent_1', otlp_traces: elevenLabsTraces(call) };
    const { conversation } = await ready({ type: 'post_call_transcription_otel', event_timestamp: 1, data });
    expect(conversation).toMatchObject({ id: call.id, traceId: call.traceId });
  });

  it('under the id that is given, which wins over the payload’s own', async () => {
    const call = tavusCall();
    const body = tavusConversation(call, call.terminalAt + AFTER, true);
    const { conversation } = await ready(body, { id: 'c-mine' });
    expect(conversation).toMatchObject({ id: 'c-mine', traceId: derivedTraceId('tavus', 'c-mine') });
  });

  it('with what was said only where that is asked for', async () => {
    const call = tavusCall();
    const body = tavusConversation(call, call.terminalAt + AFTER, true);
    const written = async (content: 'none' | 'full') =>
      JSON.stringify(toOtlp((await ready(body, { content })).batch));
    expect(await written('none')).not.toContain('gen_ai.output.messages');
    expect(await written('full')).toContain('gen_ai.output.messages');
  });

  it('and is not changed by that', async () => {
    const body = {
      conversation_id: 'c1',
      status: 'ended',
      events: [{ event_type: 'system.shutdown', timestamp: '2026-05-28T20:26:40Z' }],
      conversation_name: 'half: \ud800',
    };
    const before = structuredClone(body);
    await ready(body);
    expect(body).toEqual(before);
  });
});

describe('a conversation that is not finished is pending, and never a span of 1970', () => {
  it.each<[string, unknown, RegExp]>([
    [
      'ElevenLabs, in progress',
      { conversation_id: 'c', status: 'in-progress', transcript: [] },
      /in-progress/,
    ],
    ['ElevenLabs, without a status', { conversation_id: 'c', transcript: [], metadata: {} }, /missing/],
    ['ElevenLabs, only its spans', { conversation_id: 'c', otlp_traces: { resourceSpans: [] } }, /missing/],
    ['Tavus, active', { conversation_id: 'c', status: 'active', events: [] }, /active/],
    ['Tavus, without a status', { conversation_id: 'c', events: [], replica_id: 'r' }, /missing/],
  ])('%s', async (_, body, reason) => {
    expect(await translate(body)).toMatchObject({ kind: 'pending', reason: expect.stringMatching(reason) });
  });

  it('Tavus, a moment after its shutdown: until perception has answered or its time is up', async () => {
    const body = {
      conversation_id: 'c',
      status: 'ended',
      events: [
        { event_type: 'system.shutdown', timestamp: '2026-05-28T20:00:00Z' },
        { event_type: 'application.transcription_ready', timestamp: '2026-05-28T20:00:09Z', properties: {} },
      ],
    };
    const shutdown = Date.UTC(2026, 4, 28, 20);
    expect(await translate(body, { now: shutdown + 60_000 })).toMatchObject({
      kind: 'pending',
      notBefore: shutdown + 302_000,
    });
    expect((await translate(body, { now: shutdown + 60_000, settle: 0 })).kind).toBe('ready');
    expect((await translate(body, { now: shutdown + 300_000 })).kind).toBe('ready');
  });
});

it('where there is nothing to export, that and why is told', async () => {
  const empty = publishedCalls().find(({ name }) => name === 'elevenlabs-get');
  expect(await translate(empty?.body)).toMatchObject({ kind: expect.stringMatching(/pending|empty/) });
  const over = { conversation_id: 'c', status: 'done', transcript: [], metadata: {} };
  expect(await translate(over)).toEqual({ kind: 'empty', reason: 'neither spans nor a transcript' });
});

describe('whose payload it is', () => {
  it.each([undefined, null, 5, 'payload', [], {}, { hello: 'world' }])(
    '%j: nobody’s, and that is an error that says what is expected',
    async (body) => {
      await expect(translate(body)).rejects.toThrow(UnknownPayloadError);
      await expect(translate(body)).rejects.toThrow(
        /^This is no conversation of ElevenLabs or Tavus or .*; expected what their API answers for one/,
      );
    },
  );

  it('can be said, and a vendor that nobody knows is refused by name', async () => {
    expect((await translate({}, { provider: 'tavus', id: 'c' })).kind).toBe('pending');
    await expect(translate({}, { provider: 'acme' })).rejects.toThrow(
      /^Expected `provider` to be one of elevenlabs, tavus, .*, got `acme`$/,
    );
  });
});

it.each([
  ['a text', '{}'],
  ['bytes', Buffer.from('{}')],
])('%s is no payload, and what to do is said', async (_, body) => {
  for (const options of [{}, { provider: 'elevenlabs' }, { provider: 'tavus' }])
    await expect(translate(body, options)).rejects.toThrow('hand over JSON.parse(body), not the text');
});

it.each([
  ['null', null],
  ['nothing', undefined],
  ['a number', 4],
  ['a list', []],
  ['an object of nobody', {}],
])('%s is no payload; nor of a vendor that is named, unless it is an object', async (_, body) => {
  await expect(translate(body)).rejects.toThrow(
    /^This is no conversation of .*; expected what their API answers/,
  );
  const named = translate(body, { provider: 'tavus' });
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    await expect(named).resolves.toMatchObject({ kind: 'pending' });
  else await expect(named).rejects.toThrow(/^This is no conversation/);
});

it('the id that a trace will have is sha256 of a documented text', () => {
  for (const provider of ['elevenlabs', 'tavus']) {
    const digest = createHash('sha256').update(`${provider}:c123456`).digest('hex');
    expect(derivedTraceId(provider, 'c123456')).toBe(digest.slice(0, 32));
  }
});

it('the library exports what its examples and these tests use, and no more', () => {
  expect(Object.keys(callspan).sort()).toEqual([
    'UnknownPayloadError',
    'createBridge',
    'createDelivery',
    'derivedTraceId',
    'registerVendor',
    'toOtlp',
    'translate',
    'verifyWebhook',
  ]);
  const page = readFileSync(new URL('../src/index.ts', import.meta.url), 'utf8');
  expect(page).not.toMatch(/export \*/);
});

describe('a webhook', () => {
  const secrets = ['wsec_old', 'wsec_test_3f9c1d'];
  const body = Buffer.from(
    '{"type":"post_call_transcription_otel","event_timestamp":1795000000,"data":{"conversation_id":"conv_test","agent_id":"agent_test","otlp_traces":{"resourceSpans":[]}}}',
  );
  const digest = '416f490900bdac21efffad50be7028c611c4a69ab191922e11bfc32ae278013d';
  const headers = { 'elevenlabs-signature': `t=1795000000,v0=${digest}` };
  const options = { provider: 'elevenlabs', headers, body, secrets, now: 1_795_000_001_000 };

  it('is verified by any of several secrets, and says of which conversation it speaks', async () => {
    const webhook = await callspan.verifyWebhook(options);
    expect(webhook).toMatchObject({ verified: true, event: { id: 'conv_test', agent: 'agent_test' } });
    const changed = Buffer.from(`${body} `);
    expect(await callspan.verifyWebhook({ ...options, body: changed })).toEqual({
      ...{ verified: false, reason: 'mismatch' },
    });
    expect(await callspan.verifyWebhook({ ...options, headers: {} })).toMatchObject({ reason: 'missing' });
    await expect(callspan.verifyWebhook({ ...options, secrets: [] })).rejects.toThrow(TypeError);
    await expect(callspan.verifyWebhook({ ...options, provider: 'nobody' })).rejects.toThrow(TypeError);
  });

  it('of a vendor that signs nothing is verified by the token of its path, and by nothing else', async () => {
    const event = { event_type: 'system.shutdown', conversation_id: 'c1', timestamp: '2026-09-17T06:48:37Z' };
    const told = {
      provider: 'tavus',
      headers: {},
      body: Buffer.from(JSON.stringify(event)),
      secrets: ['token-1'],
    };
    expect(await callspan.verifyWebhook({ ...told, token: 'token-1' })).toMatchObject({
      event: { id: 'c1' },
    });
    for (const token of [undefined, '', 'token-2']) {
      const given = token === undefined ? told : { ...told, token };
      expect(await callspan.verifyWebhook(given)).toEqual({ verified: false, reason: 'mismatch' });
    }
    const odd = { ...told, token: 'token-1', body: Buffer.from('{') };
    expect(await callspan.verifyWebhook(odd)).toEqual({ verified: false, reason: 'unreadable' });
  });
});
