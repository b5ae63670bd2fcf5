import type { HttpClient } from '../../http/client.ts';
import { asObject } from '../../json/reading.ts';
import { listPages, type RetellPage, type RetellRow } from './list.ts';

/**
 * Rows of a page, how many are remembered, and how many are taken at the first start: when those happened that the list
 * shows then, nobody knows, and beyond this they are history.
 */
const REMEMBERED = 100;

/** Statuses of calls that may have no times: no filter by time ever finds those. Each is a list of its own. */
const STATUSES = ['not_connected', 'error'] as const;

/** Ids of the newest rows without times, by status. */
type Known = Readonly<Record<(typeof STATUSES)[number], readonly string[]>>;

export interface UndatedPage extends RetellPage {
  /** The last page only: to be handed to the next walk. */
  readonly memory?: string;
}

/** How far a page of rows that all have times may lie back and still have some without behind it, in milliseconds. */
const SLACK = 6 * 3_600_000;

/**
 * Walks the calls that never connected, newest first, until a page has only known ones. Where there are more than are
 * remembered, until a page has any that is known: those before the last such row are new or came late, those behind it
 * are history.
 */
export async function* walkUndated(
  client: HttpClient,
  { since, memory, agents }: { since: number; memory: string | undefined; agents: readonly string[] },
  signal: AbortSignal,
): AsyncGenerator<UndatedPage> {
  const known = remembered(memory);
  const newest: Record<string, string[]> = {};
  for (const status of STATUSES) {
    const before = new Set(known?.[status]);
    const seen: string[] = [];
    newest[status] = seen;
    const question = { statuses: [status], agents, order: 'descending', limit: REMEMBERED } as const;
    for await (const { rows, drift, partial } of listPages(client, question, signal)) {
      const undated = rows.filter(isUndated);
      const room = REMEMBERED - seen.length;
      seen.push(...undated.slice(0, room).map(({ id }) => id));
      const last = undated.findLastIndex(({ id }) => before.has(id));
      const hasHistory = before.size >= REMEMBERED && last >= 0;
      const shown =
        known === undefined ? undated.slice(0, room) : hasHistory ? undated.slice(0, last) : undated;
      const news = shown.filter(({ id }) => !before.has(id));
      yield { rows: news, drift, ...(partial === undefined ? {} : { partial }) };
      const isKnown = undated.length > 0 && (hasHistory || news.length === 0);
      if (isKnown || isPast(rows, since - SLACK) || (known === undefined && seen.length >= REMEMBERED)) break;
    }
  }
  yield { rows: [], drift: [], memory: JSON.stringify(newest) };
}

/** Whether a page has rows, and all of them have times that lie so far back. */
function isPast(rows: readonly RetellRow[], before: number): boolean {
  return rows.every(({ startedAt = Number.POSITIVE_INFINITY }) => startedAt < before);
}

function isUndated({ startedAt, endedAt }: RetellRow): boolean {
  return startedAt === undefined && endedAt === undefined;
}

/** It comes from a file that may be damaged: then the list is walked as if for the first time. */
function remembered(memory: string | undefined): Known | undefined {
  if (memory === undefined) return undefined;
  const fields = asObject(parsed(memory));
  const ids = (value: unknown) =>
    Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string') : undefined;
  const [neverConnected, failed] = STATUSES.map((status) => ids(fields[status]));
  return neverConnected && failed ? { not_connected: neverConnected, error: failed } : undefined;
}

function parsed(memory: string): unknown {
  try {
    return JSON.parse(memory);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
