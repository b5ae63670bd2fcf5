import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { systemClock } from '../../src/time/clock.ts';
import { createSource } from '../../src/vendors/create-source.ts';
import type { Page } from '../../src/vendors/vendor.ts';

const DAY = 86_400;
/** Unix seconds. */
export const NOW = Math.floor(Date.now() / 1_000);
const SETTINGS = { source: 's', content: 'none', systemPrompt: false, resource: {}, secrets: [] } as const;

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** What is asked of Retell's list. */
interface Question {
  readonly pagination_key?: string;
  readonly filter_criteria?: { readonly call_status: { readonly value: readonly string[] } };
}

/** Walks the list of a vendor that answers every page as told; the pages that came, and how often it was asked. */
export async function walk(
  provider: string,
  answer: (query: URLSearchParams, asked: number, question: Question) => unknown,
  { memory, active = false }: { memory?: string; active?: boolean } = {},
) {
  let asked = 0;
  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://vendor');
    const body = Buffer.concat(await request.toArray()).toString();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer(searchParams, asked++, body === '' ? {} : JSON.parse(body))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const account = { name: 's', provider, apiKey: 'test-key', settle: 0, agents: [], concurrency: 1 };
  const source = await createSource(
    { ...account, baseUrl: `http://127.0.0.1:${port}` },
    SETTINGS,
    systemClock,
  );
  closers.push(async () => {
    await source.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { signal } = new AbortController();
  const pages: Page[] = [];
  const since = (NOW - DAY) * 1_000;
  const list = active
    ? source.stillActive([{ id: 'x', ended: false, startedAt: since }], signal)
    : source.discover({ since, ...(memory === undefined ? {} : { memory }) }, signal);
  for await (const page of list) pages.push(page);
  const ids = pages.flatMap(({ refs }) => refs.map(({ id }) => id));
  return {
    ids: [...new Set(ids)],
    refs: pages.flatMap(({ refs }) => refs),
    last: pages.at(-1),
    pages,
    asked,
  };
}

export function elevenLabsRow(id: unknown, more: object = {}) {
  return {
    conversation_id: id,
    status: 'done',
    start_time_unix_secs: NOW - 60,
    call_duration_secs: 9,
    ...more,
  };
}

export function tavusRow(id: unknown, more: object = {}) {
  const at = new Date((NOW - 60) * 1_000).toISOString();
  return { conversation_id: id, status: 'ended', created_at: at, updated_at: at, ...more };
}

export function retellRow(id: unknown, more: object = {}) {
  const at = { start_timestamp: (NOW - 60) * 1_000, end_timestamp: (NOW - 50) * 1_000 };
  return { call_id: id, call_status: 'ended', call_analysis: { call_successful: true }, ...at, ...more };
}

/** A list of Retell that has pages for what has times, and nothing for what has none. */
export function dated(page: (asked: number, key: string | undefined) => object) {
  return (_: URLSearchParams, asked: number, { pagination_key, filter_criteria }: Question) =>
    filter_criteria?.call_status.value.includes('ended') ? page(asked, pagination_key) : { items: [] };
}

export function vapiRow(id: unknown, more: object = {}) {
  const at = new Date((NOW - 60) * 1_000).toISOString();
  return { id, status: 'ended', createdAt: at, updatedAt: at, startedAt: at, endedAt: at, ...more };
}
