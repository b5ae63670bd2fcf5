import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { elevenLabsConversation, publishedCalls, simulateCall, tavusConversation } from '../sandbox/index.ts';
import * as callspan from '../src/index.ts';
import {
  derivedTraceId,
  readElevenLabs,
  readTavus,
  type TraceSettings,
  toOtlp,
  translateElevenLabs,
  translateTavus,
} from '../src/index.ts';

const SETTINGS: TraceSettings = {
  source: 'library',
  content: 'none',
  systemPrompt: false,
  resource: {},
  secrets: [],
};
const AFTER = 86_400e6;

describe('callspan as a library', () => {
  it('translates a Tavus payload into the spans that the bridge would send', () => {
    const call = simulateCall({
      provider: 'tavus',
      seed: 1,
      index: 0,
      startAt: 1_780_000_000_000,
      scenario: 'ordinary',
    });
    if (call.provider !== 'tavus') throw new Error('It is a call of Tavus');
    const payload = readTavus(tavusConversation(call, call.terminalAt + AFTER, true));
    const { batch, conversation, spanIds } = translateTavus(payload, call.id, SETTINGS);
    const spans = toOtlp(batch).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((scope) => scope.spans),
    );
    expect(batch.kind).toBe('spans');
    expect(conversation).toMatchObject({
      provider: 'tavus',
      id: call.id,
      traceId: derivedTraceId('tavus', call.id),
    });
    expect(spans.map(({ spanId }) => spanId)).toEqual(spanIds);
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([conversation.traceId]));
  });

  it('translates an ElevenLabs payload into its own trace, mended and decorated', () => {
    const call = simulateCall({
      provider: 'elevenlabs',
      seed: 1,
      index: 0,
      startAt: 1_780_000_000_000,
      scenario: 'ordinary',
    });
    if (call.provider !== 'elevenlabs') throw new Error('It is a call of ElevenLabs');
    const at = call.terminalAt + AFTER;
    const payload = readElevenLabs(elevenLabsConversation(call, { at, format: 'opentelemetry' }));
    const translated = translateElevenLabs(payload, call.id, SETTINGS);
    expect(translated?.batch.kind).toBe('otlp');
    expect(translated?.conversation).toMatchObject({ provider: 'elevenlabs', traceId: call.traceId });
  });

  it('says that there is nothing to export by undefined', () => {
    const empty = publishedCalls().find(({ name }) => name === 'elevenlabs-get');
    expect(translateElevenLabs(readElevenLabs(empty?.body), 'conv_1', SETTINGS)).toBeUndefined();
  });

  it('computes the id that a trace will have, as sha256 of a documented text', () => {
    for (const provider of ['elevenlabs', 'tavus'] as const) {
      const digest = createHash('sha256').update(`${provider}:c123456`).digest('hex');
      expect(derivedTraceId(provider, 'c123456')).toBe(digest.slice(0, 32));
    }
  });

  it.each([undefined, null, 5, 'payload', [], {}])('reads %j as a payload without anything in it', (body) => {
    expect(readTavus(body)).toMatchObject({ id: undefined, events: [] });
    expect(readElevenLabs(body)).toMatchObject({ id: undefined, rows: [] });
    expect(translateElevenLabs(readElevenLabs(body), 'conv_1', SETTINGS)).toBeUndefined();
  });

  it('does not change the payload that it reads', () => {
    const body = {
      events: [{ event_type: 'system.shutdown', timestamp: '2026-05-28T20:26:40Z' }],
      half: '\ud800',
    };
    const before = structuredClone(body);
    translateTavus(readTavus(body), 'c1', SETTINGS);
    expect(body).toEqual(before);
  });

  it('exports what this page uses, and no more', () => {
    expect(Object.keys(callspan).sort()).toEqual([
      'derivedTraceId',
      'readElevenLabs',
      'readTavus',
      'toOtlp',
      'translateElevenLabs',
      'translateTavus',
    ]);
  });
});
