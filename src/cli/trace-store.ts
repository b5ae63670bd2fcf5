import { ConfigError } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { parseHeaders } from '../config/otlp.ts';
import { requestHeaders } from '../http/headers.ts';
import { createStore, STORES, type StoreKind, type TraceStore } from '../verify/store.ts';

/** Headers for the store that no list of processes shows. */
const HEADERS_VARIABLE = 'CALLSPAN_STORE_HEADERS';

/** @throws ConfigError where `--against` names no kind of store. */
export function storeKind(against: string): StoreKind {
  const kind = STORES.find((known) => known === against);
  if (kind === undefined) throw new ConfigError(`--against ${against}: expected ${STORES.join(' or ')}.`);
  return kind;
}

/** @throws ConfigError where `url` is no address. */
export function openStore(kind: StoreKind, url: string, headers: Record<string, string>): TraceStore {
  try {
    return createStore(kind, { url, headers });
  } catch {
    throw new ConfigError(
      `${url} is no address of a trace store; expected one such as http://localhost:16686.`,
    );
  }
}

/** Those of the environment, and over them those of the command line. @throws ConfigError without any value. */
export function storeHeaders(env: Environment, given: readonly string[] = []): Record<string, string> {
  const headers = new Map(Object.entries(parseHeaders(HEADERS_VARIABLE, env.secret(HEADERS_VARIABLE))));
  for (const header of given) {
    const colon = header.indexOf(':');
    if (colon < 1) throw new ConfigError('--header: expected "Name: value".');
    headers.set(header.slice(0, colon).trim().toLowerCase(), header.slice(colon + 1).trim());
  }
  try {
    return requestHeaders(Object.fromEntries(headers));
  } catch (error) {
    throw new ConfigError(`--header: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
