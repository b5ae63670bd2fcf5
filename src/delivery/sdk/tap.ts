import { AsyncLocalStorage } from 'node:async_hooks';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { ResponseHeaders } from '../../http/headers.ts';
import { type CollectorResponse, maxResponseBytes } from '../answer.ts';

/** Seconds that are more than any timeout. */
const NEVER = '31536000';

/**
 * What is seen of one export on the wire. The official exporter reports a status that it retries as "Export failed
 * with retryable status", without the status, `Retry-After` or body, and a partial success as a success; it tries
 * several times, and cannot be stopped. Its agent sees every request, so this sees all of that, and can stop it.
 */
export class Tap {
  #request: ClientRequest | undefined;
  #response: (() => CollectorResponse) | undefined;
  #cancelled: Error | undefined;

  /** The answer to the latest try; `undefined` if that had none. */
  get response(): CollectorResponse | undefined {
    return this.#response?.();
  }

  /** Ends the try that is under way, and every one to come. */
  cancel(): void {
    this.#cancelled = new Error('the export was cancelled');
    this.#request?.destroy(this.#cancelled);
  }

  /** Takes notice of a new try. Returns false if it must not be made any more. */
  watch(request: ClientRequest): boolean {
    const cancelled = this.#cancelled;
    if (cancelled) {
      // Later, because the exporter has not attached its listener yet.
      process.nextTick(() => request.emit('error', cancelled));
      return false;
    }
    this.#request = request;
    this.#response = undefined;
    request.once('response', (response) => {
      this.#response = record(response);
    });
    return true;
  }
}

/** The tap of the export that the running code belongs to: many may share an agent at the same time. */
export const taps = new AsyncLocalStorage<Tap>();

function record(response: IncomingMessage): () => CollectorResponse {
  const status = response.statusCode ?? 0;
  const headers: ResponseHeaders = { ...response.headers };
  // An answer is final: when to come again is decided for all conversations in one place, and each try of the
  // exporter's own would be one more copy in a backend that had room where another had none.
  response.headers['retry-after'] = NEVER;
  const chunks: Buffer[] = [];
  let size = 0;
  let whole = false;
  response.on('data', (chunk: Buffer) => {
    if (size < maxResponseBytes) chunks.push(chunk.subarray(0, maxResponseBytes - size));
    size += chunk.length;
  });
  response.on('end', () => {
    whole = size <= maxResponseBytes;
  });
  return () => ({ status, headers, body: Buffer.concat(chunks), whole });
}
