import type { Due, StateName } from '../records.ts';
import type { Row } from './database.ts';
import { STATE } from './schema.ts';
import { hex, optional, optionalText } from './value.ts';

/** A row of the table as what it says. */
export function toDue(row: Row): Due {
  const state = NAMES.get(row.state);
  if (state === undefined) throw new Error(`A conversation is in the unknown state ${row.state}.`);
  const traceId = row.trace_id === null ? undefined : hex(row.trace_id);
  return {
    id: String(row.id),
    state,
    dueAt: optional(row.due),
    startedAt: optional(row.started),
    endedAt: optional(row.ended),
    firstSeenAt: Number(row.seen),
    attempts: Number(row.attempts),
    reason: optionalText(row.reason),
    traceId,
    sent:
      traceId === undefined || row.spans === null
        ? undefined
        : {
            traceId,
            spans: Number(row.spans),
            shape: hex(row.shape),
            late: hex(row.late).match(/.{16}/g) ?? [],
          },
  };
}

const NAMES = new Map<unknown, StateName>(
  Object.entries(STATE).map(([name, state]) => [state, name as StateName]),
);
