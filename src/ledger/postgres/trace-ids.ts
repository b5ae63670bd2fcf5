import type { Query, Row } from './database.ts';
import { bytes, hex } from './value.ts';

/** Whoever chooses a trace holds this advisory lock: two that look at the same time would take the same one. */
const LOCK = 0x74726163;

/**
 * The first of `choices` that `row`'s conversation has, or else that nobody has. Only in a transaction.
 * @param rivals names of other sources that send to the same place.
 */
export async function chooseTrace(
  query: Query,
  row: Row,
  choices: readonly string[],
  rivals: readonly string[],
): Promise<string | undefined> {
  const has = row.trace_id === null ? undefined : hex(row.trace_id);
  if (has !== undefined && choices.includes(has)) return has;
  await query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  const taken = await query(
    `SELECT conversation.trace_id FROM conversation JOIN source ON source.id = conversation.source
     WHERE conversation.trace_id = ANY($1::bytea[]) AND NOT (conversation.source = $2 AND conversation.id = $3)
       AND NOT (conversation.id = $3 AND source.provider = (SELECT provider FROM source WHERE id = $2)
         AND NOT source.name = ANY($4::text[]))`,
    [choices.map(bytes), row.source, row.id, rivals],
  );
  const others = new Set(taken.map(({ trace_id }) => hex(trace_id)));
  return choices.find((traceId) => !others.has(traceId));
}
