import { afterEach, describe, expect, it } from 'vitest';
import { CallBook, type Json, publishedCalls, startElevenLabs, startTavus } from '../../sandbox/index.ts';
import elevenLabsGet from '../../sandbox/published/elevenlabs-get.json' with { type: 'json' };
import elevenLabsLayout from '../../sandbox/published/elevenlabs-layout.json' with { type: 'json' };
import elevenLabsWebhook from '../../sandbox/published/elevenlabs-webhook.json' with { type: 'json' };
import tavusVerbose from '../../sandbox/published/tavus-verbose.json' with { type: 'json' };
import tavusWebhooks from '../../sandbox/published/tavus-webhooks.json' with { type: 'json' };

const NOW = Date.UTC(2026, 10, 20);

let close: (() => Promise<void>) | undefined;

afterEach(async () => {
  await close?.();
  close = undefined;
});

function bookOf(): CallBook {
  const book = new CallBook();
  for (const call of publishedCalls()) book.add(call);
  return book;
}

async function get(url: string): Promise<Json> {
  const response = await fetch(url, { headers: { 'xi-api-key': 'test-key', 'x-api-key': 'test-key' } });
  expect(response.status).toBe(200);
  return (await response.json()) as Json;
}

describe("the vendors' own examples", () => {
  it('of ElevenLabs are served word for word', async () => {
    const server = await startElevenLabs({ book: bookOf(), now: () => NOW });
    close = server.close;
    const root = `${server.url}/v1/convai/conversations`;

    expect(await get(`${root}/conv_9001k1zph3fkeh5s8xg9z90swaqa?format=opentelemetry`)).toEqual(
      elevenLabsGet,
    );
    expect((await get(`${root}/conv_9001k1zph3fkeh5s8xg9z90swaqb`)).otlp_traces).toEqual(elevenLabsLayout);
    expect(await get(`${root}/abc`)).toEqual(elevenLabsWebhook.data);
    const rows = (await get(root)).conversations as Json[];
    expect(rows.map((row) => row.conversation_id).sort()).toEqual([
      'abc',
      'conv_9001k1zph3fkeh5s8xg9z90swaqa',
      'conv_9001k1zph3fkeh5s8xg9z90swaqb',
    ]);
  });

  it('of Tavus are served word for word', async () => {
    const server = await startTavus({ book: bookOf(), now: () => NOW });
    close = server.close;
    const root = `${server.url}/v2/conversations`;

    expect(await get(`${root}/conv_123?verbose=true`)).toEqual(tavusVerbose);
    expect(await get(`${root}/conv_123`)).not.toHaveProperty('events');
    const events = (await get(`${root}/c123456?verbose=true`)).events as Json[];
    expect(events).toContainEqual(tavusWebhooks['application.transcription_ready']);
    expect(events).toContainEqual(tavusWebhooks['system.shutdown']);
    expect((await get(root)).total_count).toBe(2);
  });

  it('have a truth that was written by hand and fits their payload', () => {
    const truths = Object.fromEntries(publishedCalls().map((call) => [call.name, call.truth]));
    expect(truths['elevenlabs-get']).toMatchObject({ fate: 'empty', id: elevenLabsGet.conversation_id });
    expect(truths['elevenlabs-webhook']?.durationSeconds).toBe(
      elevenLabsWebhook.data.metadata.call_duration_secs,
    );
    const created = Date.parse(tavusVerbose.created_at);
    const shutdown = Date.parse(tavusVerbose.events[2]?.timestamp ?? '');
    expect(truths['tavus-verbose']?.durationSeconds).toBe((shutdown - created) / 1000);
    expect(truths['tavus-webhooks']?.events).toEqual([
      { type: 'application.perception_analysis', at: Date.UTC(2025, 6, 11, 6, 51, 37) * 1000 + 591_677 },
    ]);
  });
});
