import { isDeepStrictEqual } from 'node:util';
import { crashPoint } from '../crash-point.ts';
import type { Clock } from '../time/clock.ts';
import type { Ledger } from './contract.ts';
import { LedgerError } from './errors.ts';
import { openLedger, shownPlace } from './open.ts';
import {
  expectSettled,
  PORTABLE,
  type PortableKey,
  type PortableTable,
  type PortableValue,
} from './portable.ts';

/** Rows that are moved at a time. */
const PAGE = 5_000;
/** Of payloads, each of which may be megabytes. */
const PAYLOADS = 10;

const TABLES = Object.keys(PORTABLE) as PortableTable[];

/** How far a move has come: `step` of the tables, then the series. */
interface Progress {
  /** The identity of the ledger that is moved. */
  readonly from: string;
  readonly step: number;
  readonly after?: PortableKey;
}

export interface Moved {
  /** Rows that were moved now: an earlier try may have moved others. */
  readonly rows: number;
}

/**
 * Moves a ledger to another place and engine: every row, the identity and the counters, so that the metrics go on as the
 * same series. What is stopped in the middle is gone on with when it is called again. The old ledger is not to be used
 * afterwards, and the new one not before it is whole.
 * @throws HeldError where a bridge is running on either; LedgerError where the new one has something in it already.
 */
export async function moveLedger(
  from: string,
  to: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Moved> {
  if (from === to) throw new LedgerError(`The ledger is at ${shownPlace(from)} already.`);
  const old = await openLedger(from, { moving: true });
  try {
    const next = await openLedger(to, { moving: true });
    try {
      return await held(old, clock, signal, () =>
        held(next, clock, signal, () => moveRows({ old, next, to, now: clock.now(), signal })),
      );
    } finally {
      await next.close();
    }
  } finally {
    await old.close();
  }
}

async function held<Result>(
  ledger: Ledger,
  clock: Clock,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  await ledger.hold(clock, signal);
  try {
    return await work();
  } finally {
    await ledger.release();
  }
}

interface Move {
  readonly old: Ledger;
  readonly next: Ledger;
  readonly to: string;
  readonly now: number;
  readonly signal: AbortSignal;
}

async function moveRows({ old, next, to, now, signal }: Move): Promise<Moved> {
  const place = shownPlace(to);
  const left = await old.portable.mark('moved');
  if (left !== undefined && left !== place) expectSettled(new Map([['moved', left]]), 'that is to be moved');
  let progress = parse(await next.portable.mark('moving'));
  if (progress === undefined) {
    if (left !== undefined && next.instance === old.instance) return { rows: 0 };
    progress = { from: old.instance, step: 0 };
    if (left !== undefined || !(await next.portable.begin(written(progress)))) {
      throw new LedgerError(`There is another ledger at ${place} already; name a place where there is none.`);
    }
  }
  if (progress.from !== old.instance) {
    throw new LedgerError(
      `Another ledger is being moved to ${place}; end that first, or name another place.`,
    );
  }
  let rows = 0;
  for (const [step, table] of TABLES.entries()) {
    if (step < progress.step) continue;
    let after = step === progress.step ? progress.after : undefined;
    const limit = table === 'payload' ? PAYLOADS : PAGE;
    for (;;) {
      signal.throwIfAborted();
      const page = await old.portable.page(table, after, limit);
      const last = page.at(-1);
      if (last === undefined) break;
      after = PORTABLE[table].key.map((column) => last[column] ?? null);
      await next.portable.put(table, page, written({ from: old.instance, step, after }));
      crashPoint('during-move');
      rows += page.length;
    }
  }
  if (progress.step <= TABLES.length) {
    await next.portable.putSeries(
      await old.series(),
      written({ from: old.instance, step: TABLES.length + 1 }),
    );
  }
  crashPoint('during-move');
  // What was asked for and not carried out yet; an earlier try may have asked for it already.
  const asked = await next.commands.open();
  for (const { command } of await old.commands.open()) {
    if (asked.some((one) => isDeepStrictEqual(one.command, command))) continue;
    await next.commands.add(command, now);
  }
  // In this order: at no moment are there two that may be used.
  await old.portable.leave(place);
  crashPoint('during-move');
  await next.portable.end(old.instance);
  return { rows };
}

interface WrittenProgress extends Omit<Progress, 'after'> {
  readonly after?: readonly (PortableValue | { readonly hex: string })[];
}

function written({ after, ...rest }: Progress): string {
  const key = after?.map((value) =>
    value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value,
  );
  return JSON.stringify(key === undefined ? rest : { ...rest, after: key });
}

function parse(text: string | undefined): Progress | undefined {
  if (text === undefined) return undefined;
  const { after, ...rest } = JSON.parse(text) as WrittenProgress;
  if (after === undefined) return rest;
  const keyValue = (value: (typeof after)[number]): PortableValue =>
    typeof value === 'object' && value !== null && 'hex' in value ? Buffer.from(value.hex, 'hex') : value;
  return { ...rest, after: after.map(keyValue) };
}
