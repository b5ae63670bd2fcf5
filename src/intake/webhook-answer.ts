import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long a vendor is asked to wait, in seconds. */
const RETRY_AFTER = 30;
/** What is read of a body after its answer, so that the sender reads that before it learns that nobody listens. */
const LINGER_BYTES = 256 * 1024;
const LINGER_MS = 2_000;

/** Answers without a word: whoever asks wrongly is told nothing. */
export function answer(response: ServerResponse, status: number): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, headersOf(status));
  response.end();
}

/** Answers a request whose body was not read, or not to its end, and ends the connection. */
export function answerUnread(request: IncomingMessage, response: ServerResponse, status: number): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headersOf(status), connection: 'close' });
  // The whole answer, while the connection stays open for a moment: closed at once, with bytes of the sender's on
  // their way, it would be reset, and the answer with it.
  response.flushHeaders();
  let left = LINGER_BYTES;
  const end = () => {
    clearTimeout(timer);
    response.end();
    if (!request.complete) response.on('finish', () => request.socket.destroySoon());
  };
  const timer = setTimeout(end, LINGER_MS);
  timer.unref();
  request
    .on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) end();
    })
    .on('end', end)
    .on('close', end)
    .on('error', end)
    .resume();
  if (request.complete) end();
}

function headersOf(status: number): Record<string, string> {
  return {
    'content-length': '0',
    'cache-control': 'no-store',
    ...(status === 405 ? { allow: 'POST' } : {}),
    ...(status === 429 || status === 503 ? { 'retry-after': String(RETRY_AFTER) } : {}),
  };
}
