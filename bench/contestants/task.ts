import type { Provider } from '../../sandbox/index.ts';
import { idOf } from '../load.ts';

/** As many at a time as callspan has by default. */
const CONCURRENCY = 4;

const PATHS: Partial<Record<Provider, (id: string) => string>> = {
  elevenlabs: (id) => `/v1/convai/conversations/${id}?format=opentelemetry`,
  tavus: (id) => `/v2/conversations/${id}?verbose=true`,
};

/** What a contestant was told on its command line: where, whose and how many. */
const [url = '', provider = 'elevenlabs', conversations = '0'] = process.argv.slice(2);

/** Vendor and collector, behind one address. */
export const serverUrl = url;

/** Carries every conversation, a few at a time. */
export async function carryAll(carry: (path: string, id: string) => Promise<void>): Promise<void> {
  let next = 0;
  const carryOn = async () => {
    while (next < Number(conversations)) {
      const id = idOf(next++);
      const path = PATHS[provider as Provider];
      if (path === undefined) throw new Error(`There is no path of ${provider}`);
      await carry(path(id), id);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, carryOn));
}
