import type { ConversationOutcome } from '../conversation.ts';
import type { Summary } from '../metrics/summary.ts';

/** Which conversations are looked for. */
export interface Selection {
  /** An agent's id, or its name in whatever case. */
  readonly agent?: string;
  readonly version?: string;
  readonly outcome?: ConversationOutcome;
  /** With a wait that was longer than so many milliseconds. */
  readonly slowerThan?: number;
}

/** Whether a conversation is one of those that are looked for. Pure. */
export function isSelected(summary: Summary, { agent, version, outcome, slowerThan }: Selection): boolean {
  if (agent !== undefined && !isAgent(summary, agent)) return false;
  if (version !== undefined && summary.agent.version !== version) return false;
  if (outcome !== undefined && summary.outcome !== outcome) return false;
  return slowerThan === undefined || (summary.waits?.longest ?? 0) > slowerThan;
}

function isAgent({ agent: { id, name } }: Summary, wanted: string): boolean {
  return id === wanted || name?.toLowerCase() === wanted.toLowerCase();
}

/** What a list may be sorted by: the largest first. */
export const SORTS = {
  start: ({ startedAt }) => startedAt,
  wait: ({ waits }) => waits?.longest,
  median: ({ waits }) => waits?.median,
  length: ({ duration }) => duration,
  cost: ({ costUsd }) => costUsd,
  unanswered: ({ unanswered }) => unanswered,
} as const satisfies Record<string, (summary: Summary) => number | undefined>;

export type Sort = keyof typeof SORTS;

/**
 * The first of many in an order, without keeping the others: there may be millions.
 */
export class Foremost<Row> {
  readonly #limit: number;
  readonly #value: (row: Row) => number;
  #rows: Row[] = [];

  /** @param value the larger, the further in front; of equal ones, the one that was added first. */
  constructor(limit: number, value: (row: Row) => number) {
    this.#limit = limit;
    this.#value = value;
  }

  add(row: Row): void {
    this.#rows.push(row);
    // Sorted now and then and not each time: that costs n log n in all.
    if (this.#rows.length >= 2 * this.#limit + 1_000) this.#cut();
  }

  get rows(): readonly Row[] {
    this.#cut();
    return this.#rows;
  }

  #cut(): void {
    this.#rows.sort((one, other) => this.#value(other) - this.#value(one));
    this.#rows = this.#rows.slice(0, this.#limit);
  }
}
