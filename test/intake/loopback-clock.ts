import { subscribe } from 'node:diagnostics_channel';
import { loadVendor } from '../../src/vendors/registry.ts';
import { VirtualClock } from '../bridge/virtual-clock.ts';

// Virtual time does not wait for files that are loaded.
await Promise.all(['elevenlabs', 'tavus'].map(loadVendor));

/** Requests of this process that have been made and are neither answered nor broken. */
const underWay = new Set<unknown>();

/** What Node's own HTTP client and undici tell of a request, by name of the channel. */
const BEGUN = ['undici:request:create', 'http.client.request.start'];
const OVER = [
  ...['undici:request:trailers', 'undici:request:error'],
  ...['http.client.response.finish', 'http.client.request.error'],
];

/** Origins of servers that never answer: virtual time would have to wait for true deadlines. */
const hanging = new Set<unknown>();

for (const channel of BEGUN) {
  subscribe(channel, (message) => {
    const request = requestOf(message);
    if (!hanging.has(request.origin)) underWay.add(request);
  });
}
for (const channel of OVER) subscribe(channel, (message) => underWay.delete(requestOf(message)));

function requestOf(message: unknown): { readonly origin?: unknown } {
  return (message as { request: { origin?: unknown } }).request;
}

export interface LoopbackOptions {
  /** Unix milliseconds. */
  readonly now?: number;
  readonly seed?: number;
  /** The origin of a server whose answers are not waited for. */
  readonly hangs?: string;
}

/** Virtual time for a bridge that talks to real servers: none of it passes while a request is under way. */
export function loopbackClock({ hangs, ...options }: LoopbackOptions = {}): VirtualClock {
  if (hangs !== undefined) hanging.add(hangs);
  return new VirtualClock({ ...options, settled: nothingUnderWay });
}

/** Resolves when no request has been under way for some turns of the event loop. */
async function nothingUnderWay(): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (underWay.size > 0) quiet = -1;
  }
}
