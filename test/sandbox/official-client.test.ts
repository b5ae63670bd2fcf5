import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CallBook,
  type ElevenLabsServer,
  type Shape,
  scenarioNames,
  startElevenLabs,
} from '../../sandbox/index.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const SHAPES: readonly Shape[] = ['full', 'nulls', 'absent', 'mixed'];

let server: ElevenLabsServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(book: CallBook, now = NOON): Promise<ElevenLabsClient> {
  server = await startElevenLabs({ book, apiKey: 'secret', now: () => now });
  return new ElevenLabsClient({ apiKey: 'secret', baseUrl: server.url });
}

describe("ElevenLabs' own client", () => {
  it.each(scenarioNames('elevenlabs').filter((name) => name !== 'deleted'))(
    'reads a conversation of the scenario %s in every shape',
    async (scenario) => {
      const book = new CallBook();
      const ids = SHAPES.flatMap((shape, at) =>
        (scenario === 'two-hours' ? [0] : [0, 1, 2]).map((more) => {
          const index = at * 3 + more;
          const startAt = NOON - 4 * 3_600_000;
          return book.add({ provider: 'elevenlabs', seed: 11, index, startAt, scenario, shape });
        }),
      );
      const client = await start(book);

      for (const id of ids) {
        const call = book.call(id);
        const json = await client.conversationalAi.conversations.get(id);
        const traced = await client.conversationalAi.conversations.get(id, { format: 'opentelemetry' });

        expect(json.conversationId).toBe(id);
        expect(json.status).toBe(call?.steps.at(-1)?.status);
        expect(traced.transcript).toEqual(json.transcript);
        expect(json.otlpTraces ?? null).toBeNull();
      }
    },
  );

  it.each([0, 1, 10, 60])('reads a conversation that began %i seconds ago', async (seconds) => {
    const book = new CallBook();
    for (let index = 0; index < 20; index++) {
      book.add({ provider: 'elevenlabs', seed: 5, index, startAt: NOON - seconds * 1000, scenario: 'rich' });
    }
    const client = await start(book);

    const page = await client.conversationalAi.conversations.list({ pageSize: 100 });
    expect(page.conversations).toHaveLength(20);
    for (const row of page.conversations) {
      const conversation = await client.conversationalAi.conversations.get(row.conversationId, {
        format: 'opentelemetry',
      });
      expect(conversation.status).toBe(row.status);
      expect(conversation.metadata.callDurationSecs).toBe(row.callDurationSecs);
    }
  });

  it('pages through the whole list with the cursor', async () => {
    const book = new CallBook();
    const day = 86_400_000;
    const ids = book.fill({
      provider: 'elevenlabs',
      seed: 2,
      count: 250,
      from: NOON - 2 * day,
      to: NOON - day,
    });
    const client = await start(book);

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await client.conversationalAi.conversations.list({
        pageSize: 100,
        summaryMode: 'include',
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.conversations.map((row) => row.conversationId));
      cursor = page.hasMore ? page.nextCursor : undefined;
    } while (cursor !== undefined);

    expect(seen).toEqual(ids.reverse());
    expect(server?.requests.count('list')).toBe(3);
  });

  it('lists a conversation that is deleted before it can be read', async () => {
    const book = new CallBook();
    const id = book.add({
      provider: 'elevenlabs',
      seed: 1,
      index: 1,
      startAt: NOON - 3_600_000,
      scenario: 'deleted',
    });
    const client = await start(book);

    const page = await client.conversationalAi.conversations.list();
    expect(page.conversations.map((row) => row.conversationId)).toEqual([id]);
    await expect(client.conversationalAi.conversations.get(id)).rejects.toMatchObject({ statusCode: 404 });
  });

  it('is told by name what it did wrong', async () => {
    const client = await start(new CallBook());

    await expect(client.conversationalAi.conversations.get('conv_unknown')).rejects.toMatchObject({
      statusCode: 404,
      body: {
        detail: { code: 'conversation_not_found', request_id: expect.stringMatching(/^[0-9a-f]{32}$/) },
      },
    });
    await expect(client.conversationalAi.conversations.list({ pageSize: 101 })).rejects.toMatchObject({
      statusCode: 400,
      body: { detail: { code: 'invalid_page_size' } },
    });
  });
});
