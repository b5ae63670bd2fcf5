import { LedgerError } from '../errors.ts';
import type { Due, StateName } from '../records.ts';
import type { Row } from './database.ts';
import { DAMAGED } from './result-code.ts';
import { STATE } from './schema.ts';
import { hex, optional, optionalText } from './value.ts';

/** A row of the table as what it says. @throws LedgerError where that is nothing that callspan has written. */
export function toDue(file: string, row: Row): Due {
  const state = NAMES.get(row.state ?? null);
  if (state === undefined) throw new LedgerError(`The ledger ${file} ${DAMAGED}.`);
  return {
    id: String(row.id),
    state,
    dueAt: optional(row.due),
    startedAt: optional(row.started),
    endedAt: optional(row.ended),
    firstSeenAt: Number(row.seen),
    attempts: Number(row.attempts),
    reason: optionalText(row.reason),
    sent:
      row.trace_id === null
        ? undefined
        : {
            traceId: hex(row.trace_id),
            spans: Number(row.spans),
            shape: hex(row.shape),
            late: hex(row.late).match(/.{16}/g) ?? [],
          },
  };
}

const NAMES = new Map<Row[string], StateName>(
  Object.entries(STATE).map(([name, state]) => [state, name as StateName]),
);
