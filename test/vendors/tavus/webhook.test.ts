import { describe, expect, test } from 'vitest';
import { simulateCall, type TavusCall, tavusCallbacks, toolDelivery } from '../../../sandbox/index.ts';
import { tavusWebhook } from '../../../src/vendors/tavus/webhook.ts';

const at = Date.UTC(2026, 10, 20, 12);
const call = (index: number) => simulateCall({ provider: 'tavus', seed: 5, index, startAt: at }) as TavusCall;

describe('a callback of Tavus', () => {
  test('is a hint, whatever it brings', () => {
    for (let index = 0; index < 20; index++) {
      for (const body of tavusCallbacks(call(index), 'https://bridge.example/webhooks/tavus/token')) {
        const event = tavusWebhook.read(body);
        if (event === undefined) continue;
        expect(event).toMatchObject({ type: body.event_type, id: call(index).id, holds: 'hint' });
        expect(event.at).toBe(Math.floor(Date.parse(String(body.timestamp))));
        expect(event.final).toBeUndefined();
        expect(JSON.stringify(event)).not.toContain('bridge.example');
      }
    }
  });

  test.each([
    ['system.pal_joined', { running: true }],
    ['system.replica_joined', { running: true }],
    ['system.shutdown', {}],
    ['application.transcription_ready', {}],
    ['application.recording_ready', {}],
    ['application.post_call_action_executed', {}],
    ['application.perception_analysis', { terminal: true }],
    ['application.perception_unavailable', { terminal: true }],
  ])('%s says how far the conversation is', (event_type, stage) => {
    expect(tavusWebhook.read({ event_type, conversation_id: 'c1', timestamp: null, properties: {} })).toEqual(
      {
        ...{ type: event_type, id: 'c1', holds: 'hint' },
        ...stage,
      },
    );
  });

  test('of another area, of an unknown kind, or what a tool delivers is none', () => {
    const odd = [
      toolDelivery(call(1)),
      {},
      null,
      [],
      'x',
      { conversation_id: 'c1' },
      { event_type: 'system.shutdown' },
    ];
    for (const body of odd) expect(tavusWebhook.read(body)).toBeUndefined();
    for (const event_type of ['conversation.utterance', 'guardrail.hit', 'toString', 1]) {
      expect(tavusWebhook.read({ event_type, conversation_id: 'c1' })).toBeUndefined();
    }
    const { body } = tavusWebhook.example(at);
    expect(tavusWebhook.read(JSON.parse(body))).toBeUndefined();
  });
});
