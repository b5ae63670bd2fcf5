import { crc32 } from 'node:zlib';
import { LedgerError } from '../errors.ts';
import type { Due, StateName } from '../records.ts';
import type { Database, Row } from './database.ts';
import { DAMAGED } from './result-code.ts';
import { STATE } from './schema.ts';
import { hex, optional, optionalText } from './value.ts';

/**
 * Of a row of a conversation, whole. `due` is added as a number, so that what moves all plans can move the checksums
 * with them. What is in it, and how, never changes: the checksums are on the disk.
 */
export function rowChecksum(row: Row): number {
  const { source, id, state, started, ended, seen, settled, attempts, spans, due } = row;
  const blobs = `${hex(row.trace_id)} ${hex(row.shape)} ${hex(row.late)}`;
  const numbers = `${source} ${state} ${started} ${ended} ${seen} ${settled} ${attempts} ${spans} ${due === null}`;
  return crc32(`${id}\0${numbers}\0${blobs}\0${row.reason}`) + Number(due ?? 0);
}

/**
 * Of rows that an older callspan wrote there is no checksum until they are written again or inspected; once the ledger
 * says that all have one, all must.
 */
export function isSealed(database: Database): boolean {
  return database.get(`SELECT 1 FROM ledger WHERE key = 'sealed'`) !== undefined;
}

/** @throws LedgerError where the row is not what was written. */
export function verifyRow(database: Database, row: Row): void {
  const isRight = row.checksum === null ? !isSealed(database) : Number(row.checksum) === rowChecksum(row);
  if (!isRight) throw damaged(database, `the row of the conversation ${row.id}`);
}

export function damaged(database: Database, found: string): LedgerError {
  return new LedgerError(`The ledger ${database.file.name} ${DAMAGED}.`, { cause: new Error(found) });
}

/** A row of the table as what it says. @throws LedgerError where that is not what was written. */
export function toDue(database: Database, row: Row): Due {
  verifyRow(database, row);
  const state = NAMES.get(row.state ?? null);
  if (state === undefined) throw damaged(database, `the state of the conversation ${row.id}`);
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

const NAMES = new Map<Row[string], StateName>(
  Object.entries(STATE).map(([name, state]) => [state, name as StateName]),
);
