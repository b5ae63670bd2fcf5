import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { post } from '../../sandbox/index.ts';
import { Room } from '../../src/intake/webhook-body.ts';
import { signed, TOKEN, transcript, webhookIntake } from './webhook-world.ts';

/** What comes back on a connection until it ends. */
function talk(url: string, ...lines: string[]): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1', () =>
      socket.write(lines.join('\r\n')),
    );
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', () => undefined);
  });
}

const sent = async (url: string, body: Buffer, headers: Record<string, string>) =>
  (await post(url, body, { headers })).status;

describe('a webhook is answered with', () => {
  test('200 when it is kept, and when it is known already', async () => {
    const { url, kept, verdicts } = await webhookIntake();
    const body = transcript('conv_1');
    expect([await sent(url, body, signed(body)), await sent(url, body, signed(body))]).toEqual([200, 200]);
    expect(verdicts()).toEqual(['kept', 'duplicate']);
    expect(kept).toMatchObject([{ source: 1, conversation: 'conv_1', type: 'post_call_transcription' }]);
    expect(body.equals(kept[0]?.payload ?? new Uint8Array())).toBe(true);
  });

  test('200 whatever it is, where it is signed; what could not be read is kept to be looked at', async () => {
    const { url, kept, verdicts } = await webhookIntake();
    for (const text of ['{"type":"agent_qa","data":{}}', '[]', '{"type":', 'no json', '\ufeff{}', '']) {
      const body = Buffer.from(text);
      expect([text, await sent(url, body, signed(body))]).toEqual([text, 200]);
    }
    const bytes = Buffer.from([0xff, 0xfe, 0x00]);
    expect(await sent(url, bytes, signed(bytes))).toBe(200);
    expect(verdicts()).toEqual([
      ...['ignored', 'ignored', 'unreadable', 'unreadable', 'ignored', 'unreadable', 'unreadable'],
    ]);
    expect(kept.every(({ conversation }) => conversation === undefined)).toBe(true);
  });

  test('200 although its id is none, and nothing is kept', async () => {
    const { url, kept } = await webhookIntake();
    for (const id of ['..', 'a\u0000b', 'x'.repeat(201), ' conv', 7 as unknown as string]) {
      const body = transcript(id);
      expect(await sent(url, body, signed(body))).toBe(200);
    }
    expect(kept).toEqual([]);
  });

  test('401 without a good signature, and the body is not read where that is plain from its head', async () => {
    const { url, kept, verdicts } = await webhookIntake();
    const body = transcript('conv_1');
    expect(await sent(url, body, {})).toBe(401);
    expect(await sent(url, body, signed(body, 'another secret'))).toBe(401);
    expect(await sent(url, Buffer.from(`${body} `), signed(body))).toBe(401);
    const answer = await talk(
      url,
      ...['POST /webhooks/elevenlabs HTTP/1.1', 'host: x', 'content-type: application/json'],
      ...['content-length: 30000000', '', 'only the beginning'],
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toMatch(/connection: close/i);
    expect(verdicts()).toEqual([
      'refused: missing',
      'refused: mismatch',
      'refused: mismatch',
      'refused: missing',
    ]);
    expect(kept).toEqual([]);
  });

  test('200 where the time of its signature is right by the vendor’s clock, however wrong ours is', async () => {
    const now = () => Date.now() + 2 * 3_600_000;
    const body = transcript('conv_clock');
    const headers = signed(body, undefined, now());
    const right = await webhookIntake({ source: { now } });
    expect(await post(right.url, body, { headers })).toEqual({ status: 200 });
    const wrong = await webhookIntake();
    expect(await post(wrong.url, body, { headers })).toEqual({ status: 401 });
    expect(wrong.verdicts()).toEqual(['refused: future']);
  });

  test('404 where there is no such source or token, whatever else it is', async () => {
    const { listener, heard } = await webhookIntake();
    const paths = [
      ...[
        '/',
        '/webhooks',
        '/webhooks/',
        '/webhooks/nobody',
        '/webhooks/elevenlabs/',
        '/webhooks/elevenlabs/x',
      ],
      ...['/webhooks/tavus', '/webhooks/tavus/', `/webhooks/tavus/${TOKEN}x`, `/webhooks/tavus/${TOKEN}/`],
      ...[
        '/webhooks/../webhooks/tavus',
        '/healthz',
        '/metrics',
        `/WEBHOOKS/tavus/${TOKEN}`,
        '//webhooks/elevenlabs',
      ],
    ];
    for (const path of paths) {
      const body = transcript('conv_1');
      expect([path, await sent(`${listener.url}${path}`, body, signed(body))]).toEqual([path, 404]);
      const got = await fetch(`${listener.url}${path}`);
      expect([path, got.status]).toEqual([path, 404]);
    }
    expect(heard).toEqual([]);
  });

  test('405 where it is no POST, and 415 where it is no JSON', async () => {
    const { url } = await webhookIntake();
    const got = await fetch(url);
    expect([got.status, got.headers.get('allow'), await got.text()]).toEqual([405, 'POST', '']);
    const body = transcript('conv_1');
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'jsonp', 'text/json5']) {
      expect(await sent(url, body, { ...signed(body), 'content-type': type })).toBe(415);
    }
    expect(await sent(url, body, { ...signed(body), 'content-encoding': 'gzip' })).toBe(415);
    for (const type of ['application/json; charset=utf-8', 'application/cloudevents+json', 'text/json']) {
      expect(await sent(url, body, { ...signed(body), 'content-type': type })).toBe(200);
    }
  });

  test('503 while the inbox cannot be written, with a time to come again, and with 200 when it can', async () => {
    let failure: Error | undefined = new Error('the disk is full');
    const { url, verdicts, troubles } = await webhookIntake({ put: () => failure });
    const body = transcript('conv_1');
    const answer = await fetch(url, {
      ...{ method: 'POST', body: new Uint8Array(body) },
      headers: { 'content-type': 'application/json', ...signed(body) },
    });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30']);
    failure = undefined;
    expect(await sent(url, body, signed(body))).toBe(200);
    expect([verdicts(), troubles]).toEqual([
      ['unavailable', 'kept'],
      ['the disk is full', undefined],
    ]);
  });

  test('200 and nothing more where too many unsigned hints wait already', async () => {
    const { tavus, kept, verdicts } = await webhookIntake({ waiting: 10_000 });
    const body = Buffer.from('{"event_type":"system.shutdown","conversation_id":"c1","properties":{}}');
    expect(await sent(tavus, body, {})).toBe(200);
    expect([verdicts(), kept]).toEqual([['dropped'], []]);
  });
});

describe('a body', () => {
  test('that is a recording is verified to its end, and forgotten', async () => {
    const { url, kept, verdicts } = await webhookIntake({ limits: { largest: 100_000, together: 200_000 } });
    const audio = Buffer.from(
      `{"type":"post_call_audio","event_timestamp":1,"data":{"conversation_id":"c","full_audio":"${'A'.repeat(2_000_000)}"}}`,
    );
    const options = { chunk: 60_000 };
    expect((await post(url, audio, { ...options, headers: signed(audio) })).status).toBe(200);
    expect((await post(url, audio, { ...options, headers: signed(`${audio}x`) })).status).toBe(401);
    expect([verdicts(), kept]).toEqual([['ignored', 'refused: mismatch'], []]);
  });

  test('that is larger than what is kept is answered with 200 all the same: nobody would send it again', async () => {
    const { url, verdicts } = await webhookIntake({ limits: { largest: 100_000 } });
    const body = transcript('conv_1', { notes: 'x'.repeat(200_000) });
    expect(await sent(url, body, signed(body))).toBe(200);
    expect(verdicts()).toEqual(['too large']);
  });

  test('that comes too slowly ends by itself', async () => {
    const { url, verdicts } = await webhookIntake({ limits: { pace: { millis: 50, bytes: 1_000 } } });
    const body = transcript('conv_1');
    const slow = await post(url, body, { chunk: 10, pause: 30, headers: signed(body) });
    expect([408, undefined]).toContain(slow.status);
    expect(verdicts()).toEqual(['slow']);
  });

  test('that breaks off is nothing', async () => {
    const { url, verdicts, kept } = await webhookIntake();
    const body = transcript('conv_1');
    const cut = await post(url, body, { chunk: 20, pause: 50, cutAt: 60, headers: signed(body) });
    expect(cut.status).toBeUndefined();
    while (verdicts().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect([verdicts(), kept]).toEqual([['broken'], []]);
  });

  test('has no room where others need it more: the largest of them goes first', () => {
    const room = new Room(100);
    const gone: string[] = [];
    const seats = ['small', 'large', 'middle'].map((name) => room.enter(() => gone.push(name)));
    seats[0]?.grow(10);
    seats[1]?.grow(60);
    seats[2]?.grow(25);
    expect(gone).toEqual([]);
    seats[0]?.grow(6);
    expect(gone).toEqual(['large']);
    seats[2]?.leave();
    seats[0]?.grow(84);
    expect(gone).toEqual(['large']);
    seats[0]?.grow(1);
    expect(gone).toEqual(['large', 'small']);
  });

  test('of a forger who fills the room harms none of a vendor', async () => {
    const { url, verdicts } = await webhookIntake({ limits: { together: 400_000 } });
    const forged = transcript('conv_x', { notes: 'x'.repeat(300_000) });
    const forging = Array.from({ length: 6 }, () =>
      post(url, forged, { chunk: 50_000, pause: 5, headers: signed(forged, 'no secret of ours') }),
    );
    const body = transcript('conv_1', { notes: 'y'.repeat(2_000) });
    expect((await post(url, body, { chunk: 500, pause: 5, headers: signed(body) })).status).toBe(200);
    await Promise.all(forging);
    expect(verdicts().filter((verdict) => verdict === 'kept')).toHaveLength(1);
    expect(verdicts().filter((verdict) => verdict === 'crowded').length).toBeGreaterThan(0);
  });
});

describe('a connection', () => {
  test('is kept for longer than a minute between two requests', async () => {
    const { url } = await webhookIntake();
    const body = transcript('conv_1');
    const answer = await fetch(url, {
      ...{ method: 'POST', body: new Uint8Array(body) },
      headers: { 'content-type': 'application/json', ...signed(body) },
    });
    expect(answer.headers.get('keep-alive')).toBe('timeout=75');
  });

  test('that is in use at a stop is answered with 503, and closed', async () => {
    const intake = await webhookIntake();
    const body = transcript('conv_1');
    const slow = post(intake.url, body, { chunk: 10, pause: 40, headers: signed(body) });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closing = intake.listener.close();
    const late = await post(intake.url, body, { headers: signed(body) });
    expect(late.status).toBe(503);
    expect((await slow).status).toBe(200);
    await closing;
    expect((await post(intake.url, body, { headers: signed(body) })).status).toBeUndefined();
  });
});
