import type { HttpClient } from '../../http/client.ts';
import { BadAnswerError, HttpStatusError } from '../../http/errors.ts';
import { asObject, finite, type Json, objects, text } from '../../json/reading.ts';
import { checkedId } from '../conversation-id.ts';
import { checkedMoment } from '../conversation-ref.ts';
import type { ConversationRef, Page } from '../vendor.ts';

const PATH = '/v1/convai/conversations';

/** The largest page that ElevenLabs gives (`page_size` "can not exceed 100"). */
const PAGE_SIZE = 100;

/** Statuses after which a conversation does not change any more. */
export const TERMINAL: readonly string[] = ['done', 'failed'];
const ONGOING: readonly string[] = ['initiated', 'in-progress', 'processing'];

/** A span of start times to list. Unix seconds; the vendor does not say whether its bounds belong to it. */
export interface ListRange {
  readonly after: number;
  readonly before?: number;
  readonly agentId?: string;
  readonly excludeStatuses?: readonly string[];
}

/** Pages without an older conversation on them after which a list is taken to turn in circles. */
const MOST_IDLE_PAGES = 100;
/** Ten million conversations: a list that never ends must not be walked for ever. */
const MOST_PAGES = 100_000;

/**
 * `GET /v1/convai/conversations`, newest first by start, page by page. What the list says of itself is not trusted:
 * where its cursor has expired, is missing or comes again, the walk goes on from the oldest start it has come to.
 */
export async function* listPages(
  client: HttpClient,
  range: ListRange,
  signal: AbortSignal,
): AsyncGenerator<Page> {
  const cursors = new Set<string>();
  let cursor: string | undefined;
  let before = range.before;
  let oldest = Number.POSITIVE_INFINITY;
  let idlePages = 0;
  for (let pages = 0; pages < MOST_PAGES && idlePages <= MOST_IDLE_PAGES; pages++) {
    const page = await getPage(
      client,
      { ...range, ...(before === undefined ? {} : { before }) },
      cursor,
      signal,
    );
    const rows = objects(page?.conversations);
    const refs = rows.flatMap(toRef);
    yield { refs, drift: rows.flatMap(driftOf) };
    const reached = refs.reduce((least, ref) => Math.min(least, ref.startedAt ?? least), oldest);
    idlePages = reached < oldest ? 0 : idlePages + 1;
    oldest = reached;
    const next = text(page?.next_cursor);
    const more = page === undefined || page.has_more === true || rows.length >= PAGE_SIZE;
    if (!more) return;
    if (next !== undefined && !cursors.has(next)) {
      cursors.add(next);
      cursor = next;
      continue;
    }
    // Again from the oldest second, whose conversations may stand on both pages. Where that is no progress, it is the end.
    const from = Math.floor(oldest / 1000);
    if (!Number.isFinite(from) || (before !== undefined && from >= before)) return;
    before = from;
    cursor = undefined;
  }
  yield { refs: [], partial: true, drift: ['list without an end'] };
}

/** @returns undefined where the cursor is not valid any more. */
async function getPage(
  client: HttpClient,
  range: ListRange,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Json | undefined> {
  try {
    const page = asObject(await client.getJson(PATH, { query: query(range, cursor), signal }));
    if (Array.isArray(page.conversations)) return page;
    throw new BadAnswerError(`GET ${PATH}`, 200, 'application/json', 'has no list of conversations');
  } catch (error) {
    const expired =
      error instanceof HttpStatusError && error.status === 400 && error.code === 'invalid_cursor';
    if (expired && cursor !== undefined) return undefined;
    throw error;
  }
}

function query(range: ListRange, cursor: string | undefined): Record<string, string | string[] | undefined> {
  return {
    page_size: String(PAGE_SIZE),
    summary_mode: 'exclude',
    // One second wider on each side: the bounds may or may not belong to the range.
    call_start_after_unix: String(Math.max(0, range.after - 1)),
    call_start_before_unix: range.before === undefined ? undefined : String(range.before + 1),
    agent_id: range.agentId,
    exclude_statuses: range.excludeStatuses === undefined ? undefined : [...range.excludeStatuses],
    cursor,
  };
}

function driftOf(row: Json): string[] {
  const status = text(row.status);
  const drift: string[] = [];
  if (text(row.conversation_id) === undefined) drift.push('list row without conversation_id');
  else if (checkedId(row.conversation_id) === undefined) drift.push('list row whose conversation_id is none');
  if (startOf(row) === undefined) drift.push('list row without start_time_unix_secs');
  if (status === undefined) drift.push('list row without status');
  else if (!TERMINAL.includes(status) && !ONGOING.includes(status)) drift.push(`status ${status}`);
  return drift;
}

function toRef(row: Json): ConversationRef[] {
  const id = checkedId(row.conversation_id);
  if (id === undefined) return [];
  const startedAt = startOf(row);
  const duration = finite(row.call_duration_secs);
  const ended = TERMINAL.includes(text(row.status) ?? '');
  const endedAt =
    startedAt === undefined || duration === undefined || duration < 0 || !ended
      ? undefined
      : checkedMoment(startedAt + duration * 1000);
  return [
    {
      id,
      ended,
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
    },
  ];
}

/** Unix milliseconds. */
function startOf(row: Json): number | undefined {
  const seconds = finite(row.start_time_unix_secs);
  return seconds === undefined ? undefined : checkedMoment(seconds * 1000);
}
