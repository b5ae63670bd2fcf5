import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const TOY_KEY = 'toy-key-that-must-stay-secret';
export const SAID = 'My name is Rosalind Wetherby';

/** A call with one wait of exactly 1.25 s. Unix seconds. */
export function toyCall(key: string, began: number, ended?: number) {
  const lines = [
    { who: 'bot', from: began + 1, to: began + 3, words: 'Hello, who is there?' },
    { who: 'caller', from: began + 4, to: began + 6, words: SAID },
    { who: 'bot', from: began + 7.25, to: began + 9, words: 'Nice to meet you.' },
  ];
  return { toy_version: 1, key, bot: 'bot_1', began, ...(ended === undefined ? {} : { ended }), lines };
}

export type ToyCall = ReturnType<typeof toyCall>;

/** The vendor, simulated: a real server on loopback with these calls. */
export async function startToy(calls: readonly ToyCall[]): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const { pathname } = new URL(request.url ?? '/', 'http://toy');
    if (request.headers['x-toy-key'] !== TOY_KEY) return answer(401, { error: 'who are you?' });
    if (pathname === '/calls') return answer(200, { calls: calls.map(({ lines, ...row }) => row) });
    const call = calls.find(({ key }) => pathname === `/calls/${encodeURIComponent(key)}`);
    answer(call === undefined ? 404 : 200, call ?? { error: 'no such call' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
