import { Limiter } from '../http/limiter.ts';
import type { Delivered } from '../ledger/records.ts';
import type { TraceStore } from './store.ts';

/** Requests to the store at a time. */
const CONCURRENCY = 8;

export interface Subject {
  readonly source: string;
  readonly conversation: string;
  /** Unix milliseconds. */
  readonly firstSeenAt: number;
  readonly sent: Delivered;
}

/** A delivered conversation of which the store does not have everything. */
export interface Lack {
  readonly subject: Subject;
  /** Ids of our spans that it has; none where the whole trace is missing. */
  readonly have: ReadonlySet<string>;
}

export interface Findings {
  readonly checked: number;
  readonly lacks: readonly Lack[];
  /** Spans that the store shows more than once: it does not remove what comes again. */
  readonly repeated: readonly { readonly subject: Subject; readonly spans: number }[];
  /** Conversations of which nobody knows the ids any more; of those only the number of spans was compared. */
  readonly unknown: number;
}

export interface VerifyOptions {
  readonly store: TraceStore;
  /** Ids of the spans that were sent; `undefined` where nobody can tell any more. */
  readonly idsOf: (subject: Subject, signal: AbortSignal) => Promise<ReadonlySet<string> | undefined>;
  readonly signal: AbortSignal;
  readonly onChecked?: (checked: number, lacking: number) => void;
}

/**
 * Asks a store for what was delivered, span by span: the ledger keeps numbers, and somebody else's spans in the same
 * trace, or ours of an earlier time, may make up the number. A store that answers 200 and forgets is found out here.
 *
 * @throws StoreError where what answers is no store: before, or when it has been asked for everything.
 */
export async function findLacks(
  subjects: AsyncIterable<Subject> | Iterable<Subject>,
  options: VerifyOptions,
): Promise<Findings> {
  const { store, signal, onChecked } = options;
  const limiter = new Limiter({ concurrency: CONCURRENCY });
  const lacks: Lack[] = [];
  const repeated: { subject: Subject; spans: number }[] = [];
  let checked = 0;
  let unknown = 0;
  await store.probe(signal);
  const under = new Set<Promise<void>>();
  for await (const subject of subjects) {
    const check = limiter.run(async () => {
      const shown = await store.spans(subject.sent.traceId, signal);
      const { have, isWhole, isKnown } = await compare(subject, shown, options);
      checked++;
      if (!isKnown) unknown++;
      if (!isWhole) lacks.push({ subject, have });
      const twice = [...have].filter((id) => (shown.get(id) ?? 0) > 1).length;
      if (twice > 0) repeated.push({ subject, spans: twice });
      onChecked?.(checked, lacks.length);
    }, signal);
    under.add(check);
    // Rejections are thrown below, where everything is awaited.
    check.then(
      () => under.delete(check),
      () => undefined,
    );
    // Not all subjects at once: there may be millions.
    if (under.size >= 4 * CONCURRENCY) await Promise.race(under);
  }
  await Promise.all(under);
  // It may have gone away meanwhile, and somebody else have answered 404 in its place.
  if (lacks.length > 0) await store.probe(signal);
  lacks.sort(byConversation);
  repeated.sort(byConversation);
  return { checked, lacks, repeated, unknown };
}

interface Comparison {
  readonly have: ReadonlySet<string>;
  readonly isWhole: boolean;
  readonly isKnown: boolean;
}

async function compare(
  subject: Subject,
  shown: ReadonlyMap<string, number>,
  { idsOf, signal }: VerifyOptions,
): Promise<Comparison> {
  const all = new Set(shown.keys());
  // What is certain without anybody's ids needs none.
  if (all.size < subject.sent.spans) return { have: all, isWhole: false, isKnown: true };
  const ids = await idsOf(subject, signal);
  if (ids === undefined) return { have: all, isWhole: true, isKnown: false };
  const have = new Set([...ids].filter((id) => all.has(id)));
  return { have, isWhole: have.size === ids.size, isKnown: true };
}

function byConversation(one: { subject: Subject }, other: { subject: Subject }): number {
  return one.subject.conversation < other.subject.conversation ? -1 : 1;
}

/** `count` of `subjects`, each with the same chance, in one pass over them. */
export async function sample<Item>(
  subjects: AsyncIterable<Item>,
  count: number,
  random: () => number,
): Promise<Item[]> {
  const kept: Item[] = [];
  let seen = 0;
  for await (const subject of subjects) {
    seen++;
    if (kept.length < count) kept.push(subject);
    else {
      const place = Math.floor(random() * seen);
      if (place < count) kept[place] = subject;
    }
  }
  return kept;
}
