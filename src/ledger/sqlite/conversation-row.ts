import type { Row } from './database.ts';
import { STATE, type StateName } from './schema.ts';

/** A conversation that is to be fetched now. */
export interface Due {
  readonly id: string;
  readonly state: StateName;
  /** When to fetch it, unix milliseconds; undefined where nothing is to be done about it. */
  readonly dueAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly firstSeenAt: number;
  readonly attempts: number;
  /** Why it is in its state, or was not delivered yet. */
  readonly reason: string | undefined;
  /** What was delivered of it, if anything was: of one in another state than `delivered`, before it was asked for again. */
  readonly sent: Delivered | undefined;
}

/** What was delivered of a conversation. */
export interface Delivered {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly spans: number;
  /** Of the ids and times of its spans: whether a later translation is still the same trace. */
  readonly shape: string;
  /** Ids of the late spans that were sent. */
  readonly late: readonly string[];
}

/** A row of the table as what it says. */
export function toDue(row: Row): Due {
  return {
    id: String(row.id),
    state: stateName(row.state),
    dueAt: optional(row.due),
    startedAt: optional(row.started),
    endedAt: optional(row.ended),
    firstSeenAt: Number(row.seen),
    attempts: Number(row.attempts),
    reason: row.reason === null ? undefined : String(row.reason),
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

function stateName(state: Row[string] | undefined): StateName {
  const name = NAMES.get(state ?? null);
  if (name === undefined) throw new Error(`The ledger has a conversation in the unknown state ${state}.`);
  return name;
}

export function optional(value: Row[string] | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}

export function bytes(hexDigits: string): Uint8Array {
  return Buffer.from(hexDigits, 'hex');
}

/** One row's blob is a Buffer, one of many rows is an ArrayBuffer: libsql has two conversions, too. */
function hex(value: Row[string] | undefined): string {
  const isBytes = value instanceof Uint8Array || value instanceof ArrayBuffer;
  return isBytes ? Buffer.from(value as ArrayBuffer).toString('hex') : '';
}
