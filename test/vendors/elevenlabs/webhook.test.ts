import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type ElevenLabsCall,
  initiationFailure,
  simulateCall,
  strangers,
  transcriptEvent,
} from '../../../sandbox/index.ts';
import { parseJson } from '../../../src/http/json.ts';
import { toOtlp } from '../../../src/trace/span-batch.ts';
import { readBody } from '../../../src/vendors/elevenlabs/read-body.ts';
import { elevenLabsWebhook } from '../../../src/vendors/elevenlabs/webhook.ts';

interface Row {
  readonly name: string;
  /** What is signed for `{signed}` to be the signature of. */
  readonly sign?: string;
  readonly header?: string;
  readonly verdict: string;
}

const FIXTURE = JSON.parse(
  readFileSync(new URL('../../fixtures/webhooks/elevenlabs-signatures.json', import.meta.url), 'utf8'),
) as { secrets: string[]; now: number; body: string; good: string; old: string; rows: Row[] };

const BODY = Buffer.from(FIXTURE.body);
const NOW = FIXTURE.now * 1_000;
const [SECRET = '', OLDER = ''] = FIXTURE.secrets;

function sign(stamp: string, body: Uint8Array = BODY, secret = SECRET): string {
  return createHmac('sha256', secret).update(`${stamp}.`).update(body).digest('hex');
}

/** @returns `verified`, or why not. */
function verdictOf(
  header: string | undefined,
  { body = BODY as Uint8Array, secrets = FIXTURE.secrets, now = NOW, chunk = 50 } = {},
): string {
  const headers = header === undefined ? {} : { 'elevenlabs-signature': header };
  const verification = elevenLabsWebhook.verify(headers, secrets, now);
  for (let at = 0; at < body.length; at += chunk) verification.update(body.subarray(at, at + chunk));
  const verdict = verification.verdict();
  if (verification.refused !== undefined)
    expect(verdict).toEqual({ verified: false, reason: verification.refused });
  return verdict.verified ? 'verified' : verdict.reason;
}

function filled({ header, sign: stamp = '' }: Row): string | undefined {
  const { good, old } = FIXTURE;
  return header
    ?.replaceAll('{good}', good)
    .replaceAll('{GOOD}', good.toUpperCase())
    .replaceAll('{old}', old)
    .replaceAll('{short}', good.slice(0, -1))
    .replaceAll('{wrong}', 'ab'.repeat(32))
    .replaceAll('{signed}', sign(stamp));
}

describe('a signature of ElevenLabs', () => {
  test('is made of the time, a dot and the body with the secret as it stands', () => {
    expect(sign(String(FIXTURE.now))).toBe(FIXTURE.good);
    expect(sign(String(FIXTURE.now), BODY, OLDER)).toBe(FIXTURE.old);
  });

  test.each(FIXTURE.rows)('with $name is $verdict', (row) => {
    expect(verdictOf(filled(row))).toBe(row.verdict);
  });

  test('is the same however the body comes in pieces', () => {
    for (const chunk of [1, 7, 166, 1_000]) {
      expect(verdictOf(`t=${FIXTURE.now},v0=${FIXTURE.good}`, { chunk })).toBe('verified');
    }
  });

  test('of a secret that is not known any more is refused', () => {
    expect(verdictOf(`t=${FIXTURE.now},v0=${FIXTURE.old}`, { secrets: [SECRET] })).toBe('mismatch');
    expect(verdictOf(`t=${FIXTURE.now},v0=${FIXTURE.good}`, { secrets: [OLDER] })).toBe('mismatch');
  });

  test('is of bytes, be they no text at all', () => {
    const body = Buffer.concat([Buffer.from('\ufeff{'), Buffer.from([0xff, 0xfe, 0x00, 0x80])]);
    const stamp = String(FIXTURE.now);
    expect(verdictOf(`t=${stamp},v0=${sign(stamp, body)}`, { body })).toBe('verified');
    const decoded = Buffer.from(body.toString('utf8'));
    expect(verdictOf(`t=${stamp},v0=${sign(stamp, body)}`, { body: decoded })).toBe('mismatch');
  });

  test('of an empty body is of the time and the dot', () => {
    const body = Buffer.alloc(0);
    const stamp = String(FIXTURE.now);
    expect(verdictOf(`t=${stamp},v0=${sign(stamp, body)}`, { body })).toBe('verified');
  });
});

describe('a forged call', () => {
  const header = `t=${FIXTURE.now},v0=${FIXTURE.good}`;
  const digits = '0123456789abcdef';

  test('with any digit of its signature changed is refused, 64 times', () => {
    for (let at = 0; at < 64; at++) {
      const digit = FIXTURE.good[at] ?? '';
      const other = digits[(digits.indexOf(digit) + 1 + (at % 15)) % 16];
      const forged = `${FIXTURE.good.slice(0, at)}${other}${FIXTURE.good.slice(at + 1)}`;
      expect([at, verdictOf(`t=${FIXTURE.now},v0=${forged}`)]).toEqual([at, 'mismatch']);
    }
  });

  test('with any byte of its body changed, taken out or added is refused, 96 times', () => {
    for (let step = 0; step < 32; step++) {
      const at = (step * 37) % BODY.length;
      const changed = Buffer.from(BODY);
      changed[at] = (changed[at] ?? 0) ^ (1 << (step % 8));
      const shorter = Buffer.concat([BODY.subarray(0, at), BODY.subarray(at + 1)]);
      const longer = Buffer.concat([BODY.subarray(0, at), Buffer.from(' '), BODY.subarray(at)]);
      for (const body of [changed, shorter, longer]) {
        expect([step, verdictOf(header, { body })]).toEqual([step, 'mismatch']);
      }
    }
  });

  test('with another time is refused, 40 times', () => {
    for (let step = 1; step <= 20; step++) {
      for (const stamp of [FIXTURE.now + step * 13, FIXTURE.now - step * 170]) {
        expect([stamp, verdictOf(`t=${stamp},v0=${FIXTURE.good}`)]).toEqual([stamp, 'mismatch']);
      }
    }
  });

  test('with the dot moved between time and body is refused', () => {
    const [first = '', ...rest] = String(FIXTURE.now);
    expect(verdictOf(`t=${first},v0=${sign(String(FIXTURE.now))}`, { now: Number(first) * 1_000 })).toBe(
      'mismatch',
    );
    const moved = Buffer.concat([Buffer.from(`${rest.join('')}.`), BODY]);
    expect(verdictOf(`t=${first},v0=${FIXTURE.good}`, { body: moved, now: Number(first) * 1_000 })).toBe(
      'mismatch',
    );
  });
});

describe('an event of ElevenLabs', () => {
  const at = Date.UTC(2026, 10, 20, 12);
  const call = (scenario: string) =>
    simulateCall({ provider: 'elevenlabs', seed: 5, index: 1, startAt: at, scenario }) as ElevenLabsCall;

  test.each(['json', 'opentelemetry'] as const)('that brings a transcript in %s is a payload', (format) => {
    const { id, agents, terminalAt } = call('ordinary');
    const event = transcriptEvent(call('ordinary'), { format });
    const type = format === 'json' ? 'post_call_transcription' : 'post_call_transcription_otel';
    expect(elevenLabsWebhook.read(event)).toEqual({
      ...{ type, id, agent: agents[0]?.id, holds: 'payload', terminal: true },
      at: (Math.floor(terminalAt / 1e6) + 1) * 1_000,
    });
  });

  test('of an agent that keeps nothing is final where it says so: the spans alone do not', () => {
    const json = transcriptEvent(call('zero-retention'), { format: 'json' });
    expect(elevenLabsWebhook.read(json)).toMatchObject({ final: true });
    const spans = transcriptEvent(call('zero-retention'), { format: 'opentelemetry' });
    expect(elevenLabsWebhook.read(spans)?.final).toBeUndefined();
  });

  test('of a call that was never connected is final', () => {
    const event = initiationFailure('conv_x', 'agent_x', at * 1_000, 1);
    expect(elevenLabsWebhook.read(event)).toEqual({
      ...{ type: 'call_initiation_failure', id: 'conv_x', agent: 'agent_x', holds: 'payload', at },
      ...{ terminal: true, final: true },
    });
  });

  test.each([
    ['1795000000', 1_795_000_000_000],
    [1_795_000_000, 1_795_000_000_000],
    ['soon', undefined],
    [null, undefined],
  ])('may say when it was as a text or a number: %j', (event_timestamp, moment) => {
    const data = { conversation_id: 'conv_x' };
    const event = elevenLabsWebhook.read({ type: 'post_call_transcription', event_timestamp, data });
    expect(event?.at).toBe(moment);
  });

  test('of another product, or of a kind that nobody has described, is none', () => {
    for (const event of strangers(at * 1_000)) expect(elevenLabsWebhook.read(event)).toBeUndefined();
    const data = { conversation_id: 'conv_x' };
    for (const type of ['agent_qa', 'post_call_audio', 'unredacted_transcript', 'toString', 7, null]) {
      expect(elevenLabsWebhook.read({ type, data })).toBeUndefined();
    }
    for (const body of [null, [], 'text', 1, { type: 'post_call_transcription' }]) {
      expect(elevenLabsWebhook.read(body)).toBeUndefined();
    }
  });

  test.each([
    ['{"type":"post_call_audio","event_timestamp":1,"data":{"full_audio":"SUQz', true],
    ['\ufeff {\n "type" : "post_call_audio"', true],
    ['{"event_timestamp":1,"type":"post_call_audio","data":{', true],
    ['{"data":{"agent_id":"a","conversation_id":"b","full_audio":"SUQz', true],
    ['{"type":"post_call_transcription","data":{"type":"post_call_audio","full_audio":"x"', false],
    ['{"data":{"x":{"type":"post_call_audio"}}', false],
    [String.raw`{"data":{"message":"{\"type\":\"post_call_audio\"}"`, false],
    ['', false],
  ])('shows at its beginning whether it is a recording: %s', (start, isRecording) => {
    expect(elevenLabsWebhook.isForgotten(Buffer.from(start))).toBe(isRecording);
  });

  test('to test with is one that is signed, and speaks of no conversation', () => {
    const { body, headers } = elevenLabsWebhook.example(NOW, SECRET);
    expect(verdictOf(headers['elevenlabs-signature'], { body: Buffer.from(body) })).toBe('verified');
    expect(elevenLabsWebhook.read(parseJson(Buffer.from(body)))).toBeUndefined();
  });
});

describe('the body of a webhook, read without a fetch', () => {
  const at = Date.UTC(2026, 10, 20, 12);
  const settings = {
    source: 'clinic',
    content: 'none',
    systemPrompt: false,
    resource: {},
    secrets: [],
  } as const;
  const rootOf = (body: unknown) => {
    const fetched = readBody(body, { settings });
    if (fetched.kind !== 'ready') throw new Error(fetched.reason);
    const spans = toOtlp(fetched.translated.batch).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((scope) => scope.spans),
    );
    const attributes = new Map(
      (spans[0]?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
    );
    return { spans, attributes, conversation: fetched.translated.conversation };
  };

  test('of a call that was never connected is one span, failed, with nobody’s number in it', () => {
    for (let seed = 0; seed < 20; seed++) {
      const event = initiationFailure('conv_x', 'agent_x', at * 1_000, seed);
      const { spans, attributes, conversation } = rootOf(event);
      expect(spans.map(({ name }) => name)).toEqual(['elevenlabs.conversation']);
      expect(conversation).toMatchObject({ id: 'conv_x', outcome: 'failed', start: BigInt(at) * 1_000_000n });
      const reason = (event.data as { failure_reason: string }).failure_reason;
      const told = { busy: 'busy', 'no-answer': 'no_answer' }[reason] ?? 'not_connected';
      expect(attributes.get('callspan.end_reason')).toBe(told);
      expect(attributes.get('error.type')).toBe(told);
      const full = readBody(event, { settings: { ...settings, content: 'full' } });
      const text = JSON.stringify(full, (_, value) => (typeof value === 'bigint' ? String(value) : value));
      expect(text).not.toMatch(/\+\d{6}|INVITE|LONDON|SAN FRANCISCO|94105|CA[0-9a-f]{32}|SCL_/);
    }
  });

  test('whose reason is anybody’s words lets none of them out', () => {
    const data = { conversation_id: 'c', failure_reason: 'Anna of Rose Lane said no', metadata: null };
    const { attributes } = rootOf({ type: 'call_initiation_failure', event_timestamp: 'never', data });
    expect(attributes.get('callspan.end_reason')).toBe('not_connected');
    expect(JSON.stringify([...attributes])).not.toContain('Anna');
  });

  test('in spans alone says that it lacks the transcript, and what comes with one does not', () => {
    const call = simulateCall({
      provider: 'elevenlabs',
      seed: 5,
      index: 1,
      startAt: at,
      scenario: 'ordinary',
    });
    const spans = rootOf(transcriptEvent(call as ElevenLabsCall, { format: 'opentelemetry' }));
    expect(spans.attributes.get('callspan.missing')).toBe('transcript');
    expect(spans.conversation.traceId).toBe((call as ElevenLabsCall).traceId);
    expect(spans.spans.length).toBeGreaterThan(1);
    const json = rootOf(transcriptEvent(call as ElevenLabsCall, { format: 'json' }));
    expect(json.attributes.has('callspan.missing')).toBe(false);
  });
});
