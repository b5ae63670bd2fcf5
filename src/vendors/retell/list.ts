import type { HttpClient } from '../../http/client.ts';
import { BadAnswerError } from '../../http/errors.ts';
import { asObject, type Json, objects, text } from '../../json/reading.ts';
import { checkedId } from '../conversation-id.ts';
import { checkedMoment } from '../conversation-ref.ts';
import type { ConversationRef } from '../vendor.ts';
import { momentOf } from './moments.ts';
import { isAnalyzed, ONGOING, TERMINAL } from './payload.ts';

const PATH = '/v3/list-calls';

/** Pages that come no further, after which a list is taken to turn in circles. */
const MOST_IDLE_PAGES = 100;
/** Ten million calls: a list that never ends must not be walked for ever. */
const MOST_PAGES = 100_000;

/** What is asked of the list. The vendor sorts by start. */
export interface Question {
  readonly statuses: readonly string[];
  /** Unix milliseconds, both belonging to it. */
  readonly ended?: Range;
  readonly started?: Range;
  /** Only calls of these agents; all where empty. */
  readonly agents: readonly string[];
  readonly order: 'ascending' | 'descending';
  /** Rows of a page; the vendor gives 1000 at most. */
  readonly limit: number;
}

type Range = readonly [from: number, to: number];

export interface RetellRow extends ConversationRef {
  readonly agentId: string | undefined;
  /** The analysis that ends what the vendor makes of a call is there. */
  readonly analyzed: boolean;
}

export interface RetellPage {
  readonly rows: readonly RetellRow[];
  /** Names that callspan does not know, and parts that are missing. */
  readonly drift: readonly string[];
  /** The list says that there is more, and not how it is to be had. */
  readonly partial?: true;
}

/** `POST /v3/list-calls`, page by page. Its rows have everything but the transcript. */
export async function* listPages(
  client: HttpClient,
  question: Question,
  signal: AbortSignal,
): AsyncGenerator<RetellPage> {
  const keys = new Set<string>();
  const isFurther = progressIn(question);
  let key: string | undefined;
  let idlePages = 0;
  for (let pages = 0; pages < MOST_PAGES && idlePages <= MOST_IDLE_PAGES; pages++) {
    const page = asObject(await client.getJson(PATH, { question: bodyOf(question, key), signal }));
    if (!Array.isArray(page.items)) {
      throw new BadAnswerError(`POST ${PATH}`, 200, 'application/json', 'has no list of calls');
    }
    const items = objects(page.items);
    const rows = items.flatMap(toRow);
    yield { rows, drift: items.flatMap(driftOf) };
    idlePages = isFurther(rows) ? 0 : idlePages + 1;
    if (page.has_more !== true) return;
    key = text(page.pagination_key);
    if (key === undefined || keys.has(key)) break;
    keys.add(key);
  }
  yield { rows: [], partial: true, drift: ['list without an end'] };
}

/**
 * Whether a page of a walk comes further than all before it: by the start of its middle row, for a single one may be
 * anything; where none has a start, by its ids.
 */
function progressIn({ order }: Question): (rows: readonly RetellRow[]) => boolean {
  const undated = new Set<string>();
  let reached: number | undefined;
  return (rows) => {
    const starts = rows.flatMap(({ startedAt }) => startedAt ?? []).sort((one, other) => one - other);
    const middle = starts[starts.length >> 1];
    if (middle === undefined) {
      const before = undated.size;
      for (const { id } of rows) undated.add(id);
      return undated.size > before;
    }
    const isIt = reached === undefined || (order === 'ascending' ? middle > reached : middle < reached);
    if (isIt) reached = middle;
    return isIt;
  };
}

function bodyOf({ statuses, ended, started, agents, order, limit }: Question, key: string | undefined): Json {
  const range = (value: Range | undefined) => value && { type: 'range', op: 'bt', value };
  return {
    filter_criteria: {
      call_status: { type: 'enum', op: 'in', value: statuses },
      ...(ended === undefined ? {} : { end_timestamp: range(ended) }),
      ...(started === undefined ? {} : { start_timestamp: range(started) }),
      ...(agents.length === 0 ? {} : { agent: agents.map((id) => ({ agent_id: id })) }),
    },
    sort_order: order,
    limit,
    ...(key === undefined ? {} : { pagination_key: key }),
  };
}

function driftOf(row: Json): string[] {
  const status = text(row.call_status);
  const drift: string[] = [];
  if (text(row.call_id) === undefined) drift.push('list row without call_id');
  else if (checkedId(row.call_id) === undefined) drift.push('list row whose call_id is none');
  if (status === undefined) drift.push('list row without call_status');
  else if (!TERMINAL.includes(status) && !ONGOING.includes(status)) drift.push(`call_status ${status}`);
  return drift;
}

function toRow(row: Json): RetellRow[] {
  const id = checkedId(row.call_id);
  if (id === undefined) return [];
  const startedAt = moment(row.start_timestamp);
  const endedAt = moment(row.end_timestamp);
  return [
    {
      id,
      ended: TERMINAL.includes(text(row.call_status) ?? ''),
      agentId: text(row.agent_id),
      analyzed: isAnalyzed(row),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
    },
  ];
}

/** Unix milliseconds. */
function moment(value: unknown): number | undefined {
  const nanos = momentOf(value);
  return nanos === undefined ? undefined : checkedMoment(Number(nanos) / 1e6);
}
