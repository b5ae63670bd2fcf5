import type { HttpClient } from '../../http/client.ts';
import { BadAnswerError } from '../../http/errors.ts';
import { asObject, finite, firstText, type Json, objects, text } from '../../json/reading.ts';
import { isoToNanos, unixSeconds } from '../../time/nanos.ts';
import { checkedId } from '../conversation-id.ts';
import { checkedMoment } from '../conversation-ref.ts';
import type { ConversationRef } from '../vendor.ts';

const PATH = '/v2/conversations';
/** Used in production by others; the largest page is not documented. */
export const PAGE_SIZE = 100;
export interface TavusRow extends ConversationRef {
  /** The pal's (persona's) id, else the face's (replica's). */
  readonly agentIds: readonly string[];
}

export interface TavusPage {
  readonly rows: readonly TavusRow[];
  /** As the vendor counts them under the same filter, where it says so. */
  readonly total: number | undefined;
  /** Names that callspan does not know, and parts that are missing. */
  readonly drift: readonly string[];
}

/** One page of `GET /v2/conversations`, from 1. */
export async function getPage(
  client: HttpClient,
  page: number,
  status: 'active' | undefined,
  signal: AbortSignal,
): Promise<TavusPage> {
  const query = { limit: PAGE_SIZE, page, status };
  const body = asObject(await client.getJson(PATH, { query, signal }));
  if (!Array.isArray(body.data)) {
    throw new BadAnswerError(`GET ${PATH}`, 200, 'application/json', 'has no list of conversations');
  }
  const rows = objects(body.data);
  return { rows: rows.flatMap(toRow), total: finite(body.total_count), drift: rows.flatMap(driftOf) };
}

function driftOf(row: Json): string[] {
  const status = text(row.status);
  const drift: string[] = [];
  if (text(row.conversation_id) === undefined) drift.push('list row without conversation_id');
  else if (checkedId(row.conversation_id) === undefined) drift.push('list row whose conversation_id is none');
  if (millis(row.created_at) === undefined) drift.push('list row without created_at');
  if (status === undefined) drift.push('list row without status');
  else if (status !== 'active' && status !== 'ended') drift.push(`status ${status}`);
  return drift;
}

function toRow(row: Json): TavusRow[] {
  const id = checkedId(row.conversation_id);
  if (id === undefined) return [];
  const startedAt = millis(row.created_at);
  const updatedAt = millis(row.updated_at);
  const ended = row.status === 'ended';
  const pal = firstText(row, 'pal_id', 'persona_id');
  const face = firstText(row, 'face_id', 'replica_id');
  return [
    {
      id,
      ended,
      agentIds: [pal, face].filter((agentId) => agentId !== undefined),
      ...(startedAt === undefined ? {} : { startedAt }),
      // Not the end itself, but not before it.
      ...(ended && updatedAt !== undefined ? { endedAt: updatedAt } : {}),
    },
  ];
}

function millis(value: unknown): number | undefined {
  const nanos = typeof value === 'string' ? isoToNanos(value) : unixSeconds(value);
  return nanos === undefined ? undefined : checkedMoment(Number(nanos / 1_000_000n));
}
