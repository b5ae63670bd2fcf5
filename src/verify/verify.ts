import { Limiter } from '../http/limiter.ts';
import type { Delivered } from '../ledger/records.ts';
import type { TraceStore } from './store.ts';

/** Requests to the store at a time. */
const CONCURRENCY = 8;

export interface Subject {
  readonly source: string;
  readonly conversation: string;
  readonly sent: Delivered;
}

/** A delivered conversation of which the store does not have everything. */
export interface Lack {
  readonly subject: Subject;
  /** Span ids that it has; none where the whole trace is missing. */
  readonly have: ReadonlySet<string>;
}

/** Asks a store for what was delivered. A store that answers 200 and forgets is found out here. */
export async function findLacks(
  subjects: AsyncIterable<Subject> | Iterable<Subject>,
  store: TraceStore,
  signal: AbortSignal,
  onChecked: (checked: number, lacking: number) => void,
): Promise<{ checked: number; lacks: Lack[] }> {
  const limiter = new Limiter({ concurrency: CONCURRENCY });
  const lacks: Lack[] = [];
  let checked = 0;
  const under = new Set<Promise<void>>();
  for await (const subject of subjects) {
    const check = limiter.run(async () => {
      const have = await store.spanIds(subject.sent.traceId, signal);
      checked++;
      if (have.size < subject.sent.spans) lacks.push({ subject, have });
      onChecked(checked, lacks.length);
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
  lacks.sort((one, other) => (one.subject.conversation < other.subject.conversation ? -1 : 1));
  return { checked, lacks };
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
