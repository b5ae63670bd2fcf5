import { describe, expect, it } from 'vitest';
import { readElevenLabs } from '../../../src/vendors/elevenlabs/payload.ts';
import { conversation, ID, row, talk, trace } from './elevenlabs-payload.ts';

const ROWS = [row('user', 'Hi.', 4), row('agent', 'Yes?', 8)];
const envelope = (type: unknown, data: unknown) => ({ type, event_timestamp: 1_780_000_061, data });

describe('a webhook of ElevenLabs', () => {
  it.each([
    ['post_call_transcription', conversation({ rows: ROWS })],
    ['post_call_transcription_otel', talk(ROWS)],
    ['of_a_type_to_come', talk(ROWS)],
  ])('%s has the document of the API inside', (type, data) => {
    expect(readElevenLabs(envelope(type, data))).toEqual(readElevenLabs(data));
    expect(trace(envelope(type, data)).spans).toEqual(trace(data).spans);
  });

  it.each([
    ['without data', { type: 'post_call_transcription', event_timestamp: 1 }],
    ['whose data are no object', envelope('post_call_transcription', 'x')],
    ['of another kind', envelope('call_initiation_failure', { failure_reason: 'busy' })],
  ])('%s holds no conversation', (_, body) => {
    expect(readElevenLabs(body)).toMatchObject({ id: undefined, rows: [], otlpTraces: undefined });
  });

  it('is not seen in a document that has a type and data of its own', () => {
    const document = { ...talk(ROWS), type: 'x', data: { conversation_id: 'other' } };
    expect(readElevenLabs(document)).toMatchObject({ id: ID, rows: [{}, {}] });
  });
});
