import type { Settlement } from '../records.ts';
import { readable } from '../text.ts';
import type { Query } from './database.ts';
import { STATE } from './schema.ts';
import { bytes, whole } from './value.ts';

type Delivery = Extract<Settlement, { kind: 'delivered' }>;
type Postponement = Extract<Settlement, { kind: 'postponed' }>;
type Nothing = Exclude<Settlement, Delivery | Postponement>;

/**
 * Writes what became of conversations, each kind in one statement however many there are. Of no conversation two. Only
 * in the transaction that records them.
 */
export async function settle(query: Query, settlements: readonly Settlement[], now: number): Promise<void> {
  const delivered = settlements.filter((one): one is Delivery => one.kind === 'delivered');
  const postponed = settlements.filter((one): one is Postponement => one.kind === 'postponed');
  const nothing = settlements.filter(
    (one): one is Nothing => one.kind !== 'delivered' && one.kind !== 'postponed',
  );
  if (delivered.length > 0) await deliver(query, delivered, now);
  if (postponed.length > 0) await postpone(query, postponed);
  if (nothing.length > 0) await end(query, nothing, now);
}

async function deliver(query: Query, settlements: readonly Delivery[], now: number): Promise<void> {
  await query(
    `UPDATE conversation c SET state = ${STATE.delivered}, due = s.due, attempts = 0, ended = s.ended,
       settled = CASE c.state WHEN ${STATE.delivered} THEN c.settled ELSE $1 END,
       trace_id = s.trace_id, spans = s.spans, shape = s.shape, late = s.late, reason = NULL
     FROM unnest($2::smallint[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[], $7::integer[], $8::bytea[], $9::bytea[])
       AS s(source, id, due, ended, trace_id, spans, shape, late)
     WHERE c.source = s.source AND c.id = s.id`,
    [
      whole(now),
      settlements.map(({ source }) => source),
      settlements.map(({ id }) => id),
      settlements.map(({ due }) => whole(due)),
      settlements.map(({ endedAt }) => whole(endedAt)),
      settlements.map(({ traceId }) => bytes(traceId)),
      settlements.map(({ spans }) => spans),
      settlements.map(({ shape }) => bytes(shape)),
      settlements.map(({ late }) => bytes(late.join(''))),
    ],
  );
}

async function postpone(query: Query, settlements: readonly Postponement[]): Promise<void> {
  await query(
    `UPDATE conversation c SET due = s.due, attempts = s.attempts, reason = s.reason
     FROM unnest($1::smallint[], $2::text[], $3::bigint[], $4::integer[], $5::text[])
       AS s(source, id, due, attempts, reason)
     WHERE c.source = s.source AND c.id = s.id`,
    [
      settlements.map(({ source }) => source),
      settlements.map(({ id }) => id),
      settlements.map(({ due }) => whole(due)),
      settlements.map(({ attempts }) => attempts),
      settlements.map(({ reason }) => readable(reason)),
    ],
  );
}

async function end(query: Query, settlements: readonly Nothing[], now: number): Promise<void> {
  await query(
    `UPDATE conversation c SET state = s.state, due = NULL, settled = $1, reason = s.reason
     FROM unnest($2::smallint[], $3::text[], $4::smallint[], $5::text[]) AS s(source, id, state, reason)
     WHERE c.source = s.source AND c.id = s.id`,
    [
      whole(now),
      settlements.map(({ source }) => source),
      settlements.map(({ id }) => id),
      settlements.map(({ kind }) => STATE[kind]),
      settlements.map(({ reason }) => readable(reason)),
    ],
  );
}
