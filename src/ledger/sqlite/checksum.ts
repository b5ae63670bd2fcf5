import { crc32 } from 'node:zlib';
import { LedgerError } from '../errors.ts';
import { DAMAGED } from './result-code.ts';
import { bindable, type Row, type Value } from './value.ts';

/** Columns that a checksum is of, in the order of the checksum. They never change: the checksums are on the disk. */
const SEALED = {
  series: ['key', 'metric', 'labels', 'start', 'counted', 'sum', 'buckets', 'exemplars'],
  source: [
    ...['id', 'name', 'provider', 'cursor', 'memory', 'swept_at', 'polled_at', 'next_poll_at', 'error'],
    'error_at',
  ],
  ledger: ['value'],
} as const;

/**
 * Of values that decide what is sent and cannot be found out anew: SQLite finds damage to the structure of a file, and
 * takes whatever stands in a row for what was written there.
 * @param row of series: with its count as text, in `counted`.
 */
export function checksumOf(table: keyof typeof SEALED, row: Row): number {
  return checksum(SEALED[table].map((column) => row[column] ?? null));
}

export function checksum(values: readonly Value[]): number {
  return crc32(JSON.stringify(values.map((value) => String(bindable(value)))));
}

/** @throws LedgerError where the row is not what was written. */
export function verify(file: string, table: keyof typeof SEALED, row: Row): void {
  if (Number(row.checksum) !== checksumOf(table, row))
    throw new LedgerError(`The ledger ${file} ${DAMAGED}.`);
}
