/** Sends webhooks, in a process of its own: what else the bench does must not be taken for the time of an answer. */
import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';

/** So many bodies at so many a second; with a rate of none, as fast as they are answered. */
export interface Sending {
  readonly url: string;
  /** Forged where it is not the bridge's. */
  readonly secret: string;
  readonly bodies: readonly string[];
  readonly rate?: number;
}

export interface Sent {
  readonly status: number;
  /** From the first byte of the request to the last of the answer, in milliseconds. */
  readonly took: number;
  /** Unix milliseconds. */
  readonly answeredAt: number;
}

const SETTLING_MS = 500;

/** Connections that are kept open, as a proxy keeps them. */
const agent = new Agent({ keepAlive: true, maxSockets: 32 });

process.on('message', async (sendings: Sending[]) => {
  // What it takes to receive all this is no part of what is measured.
  await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
  process.send?.(await Promise.all(sendings.map(all)));
});

async function all({ url, secret, bodies, rate }: Sending): Promise<Sent[]> {
  if (rate === undefined) {
    const sent: Sent[] = [];
    let next = 0;
    const lane = async () => {
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
        sent.push(await send(url, secret, body));
      }
    };
    await Promise.all(Array.from({ length: 16 }, lane));
    return sent;
  }
  const began = performance.now();
  return await Promise.all(
    bodies.map(async (body, index) => {
      const at = began + (index * 1_000) / rate;
      await new Promise((resolve) => setTimeout(resolve, at - performance.now()));
      return await send(url, secret, body);
    }),
  );
}

function send(url: string, secret: string, body: string): Promise<Sent> {
  const t = Math.floor(Date.now() / 1_000);
  const digest = createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'elevenlabs-signature': `t=${t},v0=${digest}`,
  };
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const call = request(url, { method: 'POST', agent, headers });
    call.on('response', (answer) => {
      answer.resume().on('end', () => {
        const now = performance.now();
        const answeredAt = performance.timeOrigin + now;
        resolve({ status: answer.statusCode ?? 0, took: now - began, answeredAt });
      });
    });
    call.on('error', reject);
    call.end(body);
  });
}
