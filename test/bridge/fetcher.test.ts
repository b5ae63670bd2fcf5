import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { Fetcher } from '../../src/bridge/fetcher.ts';
import { createHttpClient } from '../../src/http/undici-client.ts';
import { systemClock } from '../../src/time/clock.ts';
import { ElevenLabsSource } from '../../src/vendors/elevenlabs/source.ts';
import { startServer } from '../http/test-server.ts';
import { settings } from '../trace/settings.ts';
import * as eleven from '../vendors/elevenlabs/elevenlabs-payload.ts';

const good = Buffer.from(JSON.stringify(eleven.talk([eleven.row('user', 'Hi.', 1)])));
const head = good.toString().slice(0, -1);

/** Gives every conversation the body of its name. */
async function fetcherOf(bodies: Readonly<Record<string, Buffer>>): Promise<Fetcher> {
  const server = await startServer(({ path }, response) => {
    const id = new URL(path, 'http://vendor').pathname.split('/').at(-1) ?? '';
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync(bodies[id] ?? good, { level: 1 }));
  });
  const client = createHttpClient({ baseUrl: server.url, maxBodyBytes: 16 * 1024 * 1024, tries: 1 });
  onTestFinished(() => client.close());
  return new Fetcher(
    new ElevenLabsSource({ name: 'test', client, clock: systemClock, settings: settings() }),
  );
}

test.each([
  ['values', `${head},"pad":[${'{},'.repeat(2_000_000)}{}]}`, /has \d+ values, more than 1000000$/],
  ['bytes', `${head},"pad":"${'x'.repeat(17 * 1024 * 1024)}"}`, /unpacks to more than 16777216 bytes$/],
  [
    'rows',
    JSON.stringify(eleven.conversation({ rows: new Array(50_001).fill({}) })),
    /50001 rows, more than 50000$/,
  ],
])(
  'a conversation with too many %s is broken by itself, and says so; the next is fetched',
  async (_, body, reason) => {
    const fetcher = await fetcherOf({ large1: Buffer.from(body), large2: Buffer.from(body) });
    const stop = new AbortController().signal;
    for (const id of ['large1', 'large2', 'large1']) {
      expect(await fetcher.fetch({ id, firstSeenAt: 0 }, stop, async () => undefined)).toEqual({
        ...{ kind: 'failed', blame: 'conversation', othersPass: true },
        reason: expect.stringMatching(reason),
      });
    }
    expect(await fetcher.fetch({ id: 'good', firstSeenAt: 0 }, stop, async () => undefined)).toMatchObject({
      kind: 'fetched',
      fetched: { kind: 'ready' },
    });
  },
);
