import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { signed, transcript, webhookIntake } from './webhook-world.ts';

/** Sends bytes as they are over one connection, and waits for the listener to close it. @returns all that it said. */
async function talk(url: string, text: string | Buffer, { stays = false } = {}): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let said = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    said += chunk;
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  if (stays) socket.write(text);
  else socket.end(text);
  await once(socket, 'close');
  return said;
}

const statuses = (said: string) =>
  [...said.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

function request(
  url: string,
  body: Buffer | string,
  { method = 'POST', path = new URL(url).pathname, headers = [] as string[], last = true } = {},
): Buffer {
  const { host } = new URL(url);
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    ...(last ? ['connection: close'] : []),
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), Buffer.from(body)]);
}

function heads(body: Buffer | string): string[] {
  return [
    ...Object.entries(signed(body)).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
  ];
}

describe('a listener on the open internet', () => {
  test('answers each of several requests that come in one packet', async () => {
    const { url, kept } = await webhookIntake();
    const bodies = ['conv_1', 'conv_2', 'conv_3'].map((id) => transcript(id));
    const all = bodies.map((body, place) => request(url, body, { headers: heads(body), last: place === 2 }));
    expect(statuses(await talk(url, Buffer.concat(all), { stays: true }))).toEqual([200, 200, 200]);
    expect(kept.map(({ conversation }) => conversation)).toEqual(['conv_1', 'conv_2', 'conv_3']);
  });

  test('takes a body in pieces, and one whose sender waits to be told to go on', async () => {
    const { url, kept } = await webhookIntake();
    const body = transcript('conv_pieces');
    const [signature = ''] = heads(body);
    const half = Math.floor(body.length / 2);
    const pieces = [body.subarray(0, half), body.subarray(half)].map((piece) =>
      Buffer.concat([Buffer.from(`${piece.length.toString(16)};x=y\r\n`), piece, Buffer.from('\r\n')]),
    );
    const chunked = request(url, Buffer.concat([...pieces, Buffer.from('0\r\nlater: trailer\r\n\r\n')]), {
      headers: [signature, 'transfer-encoding: chunked'],
    });
    expect(statuses(await talk(url, chunked, { stays: true }))).toEqual([200]);
    const other = transcript('conv_expects');
    const expecting = request(url, other, { headers: [...heads(other), 'expect: 100-continue'] });
    expect(statuses(await talk(url, expecting, { stays: true }))).toEqual([100, 200]);
    expect(kept.map(({ conversation }) => conversation)).toEqual(['conv_pieces', 'conv_expects']);
  });

  test.each([
    ['a length and pieces at once', ['content-length: 5', 'transfer-encoding: chunked']],
    ['two lengths', ['content-length: 5', 'content-length: 6']],
    ['a length that is none', ['content-length: -1']],
    ['a line that is folded', ['elevenlabs-signature: t=1,', ' v0=2', 'content-length: 0']],
    ['a head that is too long', [`x-pad: ${'x'.repeat(20_000)}`, 'content-length: 0']],
    ['a name with a blank in it', ['content-length : 0']],
  ])('refuses %s, and keeps nothing', async (_, headers) => {
    const { url, kept } = await webhookIntake();
    const [status = 0] = statuses(await talk(url, request(url, 'hello', { headers }), { stays: true }));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(kept).toEqual([]);
  });

  test.each([
    ['a signature twice', (one: string) => [one, one]],
    ['a good one behind a wrong one', (one: string) => ['elevenlabs-signature: t=1,v0=00', one]],
  ])('refuses %s: two moments are none', async (_, make) => {
    const { url, kept } = await webhookIntake();
    const body = transcript('conv_twice');
    const [signature = '', length = ''] = heads(body);
    const said = await talk(url, request(url, body, { headers: [...make(signature), length] }), {
      stays: true,
    });
    expect(statuses(said)).toEqual([401]);
    expect(kept).toEqual([]);
  });

  test.each(['HEAD', 'OPTIONS', 'GET', 'PUT', 'DELETE', 'TRACE', 'PROPFIND'])(
    'refuses %s without a word',
    async (method) => {
      const { url, kept } = await webhookIntake();
      const body = transcript('conv_method');
      const said = await talk(url, request(url, body, { method, headers: heads(body) }), { stays: true });
      expect(statuses(said)[0]).toBe(405);
      expect(said).toMatch(/\r\n\r\n$/);
      expect(kept).toEqual([]);
    },
  );

  test.each([
    '/webhooks/elevenlabs/',
    '/webhooks//elevenlabs',
    '/webhooks/./elevenlabs',
    '/webhooks/%65levenlabs',
    '/webhooks/tavus%2ftoken-0123456789abcdef',
    '/webhooks/x/../elevenlabs',
    '/webhooks/__proto__',
    '/webhooks/constructor',
    '//webhooks/elevenlabs',
    '/webhooks/elevenlabs%00',
    '/',
    '*',
    'http://elsewhere.example/webhooks/elevenlabs',
  ])('knows no path %s', async (path) => {
    const { url, kept } = await webhookIntake();
    const body = transcript('conv_path');
    const said = await talk(url, request(url, body, { path, headers: heads(body) }), { stays: true });
    expect(statuses(said)[0]).toBeGreaterThanOrEqual(400);
    expect(kept).toEqual([]);
  });

  test('keeps nothing of a sender that goes away in the middle', async () => {
    const { url, kept, verdicts } = await webhookIntake();
    const body = transcript('conv_half');
    const whole = request(url, body, { headers: heads(body) });
    expect(await talk(url, whole.subarray(0, -10))).not.toContain(' 200 ');
    expect(kept).toEqual([]);
    expect(verdicts()).toEqual(['broken']);
  });

  test('ends a connection whose sender stops in the middle of a body', async () => {
    const { url, verdicts } = await webhookIntake({ limits: { pace: { millis: 100, bytes: 1 } } });
    const body = transcript('conv_slow');
    const half = request(url, body, { headers: heads(body) }).subarray(0, -10);
    expect(statuses(await talk(url, half, { stays: true }))).toEqual([408]);
    expect(verdicts()).toEqual(['slow']);
  });
});
