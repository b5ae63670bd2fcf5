import { LedgerError } from '../errors.ts';
import type { Due, StateName } from '../records.ts';
import { STATE } from './schema.ts';
import { hex, optional, optionalText, type Row } from './values.ts';

/** A row of the table as what it says. @throws LedgerError where it is in a state that this program does not know. */
export function toDue(row: Row): Due {
  const state = NAMES.get(Number(row.state));
  if (state === undefined) {
    throw new LedgerError(
      `The conversation ${row.id} is in the state ${row.state}, which this callspan does not know; run the version that wrote it.`,
    );
  }
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

const NAMES = new Map<number, StateName>(
  Object.entries(STATE).map(([name, state]) => [state, name as StateName]),
);
