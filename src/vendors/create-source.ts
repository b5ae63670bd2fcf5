import type { HttpClientOptions } from '../http/client.ts';
import { createHttpClient } from '../http/undici-client.ts';
import type { Clock } from '../time/clock.ts';
import type { TraceSettings } from '../trace/settings.ts';
import { loadVendor } from './registry.ts';
import type { Account, Source } from './vendor.ts';

export type SourceHooks = Pick<HttpClientOptions, 'onRetry' | 'onResponse' | 'onError' | 'tries' | 'env'>;

/** A configured source, ready to be asked. @throws TypeError where nobody has registered its vendor. */
export async function createSource(
  account: Account,
  settings: TraceSettings,
  clock: Clock,
  hooks: SourceHooks = {},
): Promise<Source> {
  const { provider, baseUrl, apiKey, concurrency, requestsPerSecond } = account;
  const vendor = await loadVendor(provider);
  const { keyHeader, keyPrefix = '' } = vendor.profile;
  const client = createHttpClient({
    ...{ baseUrl, headers: { [keyHeader]: `${keyPrefix}${apiKey}` }, clock, ...hooks },
    // Listing must not wait for conversations, nor they for it.
    concurrency: concurrency + 1,
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
  });
  return vendor.source(account, { client, clock, settings });
}
