import type { Json } from '../../json/reading.ts';

/** Of all that is kept, in characters: some 32 MiB at most. */
const MOST = 16_000_000;
/** Calls of which it is remembered that they were read: they need not be kept when a list shows them again. */
const MOST_READ = 20_000;

export interface Kept {
  readonly record: unknown;
  /** When it was asked for, by the vendor's clock in unix milliseconds. */
  readonly listedAt: number;
}

interface Entry {
  readonly text: string;
  readonly version: string;
  readonly listedAt: number;
}

/**
 * Records that a list has shown whole: asking for each of them again would cost a request a call. Bounded: those that
 * were read go first, then the oldest, and what has gone is asked for. As text, which takes a fraction of its objects.
 */
export class KeptCalls {
  readonly #unread = new Map<string, Entry>();
  readonly #done = new Map<string, Entry>();
  /** By id, the version that was read. */
  readonly #read = new Map<string, string>();
  readonly #most: number;
  #size = 0;

  /** @param most in characters. */
  constructor(most = MOST) {
    this.#most = most;
  }

  /** @param version changes whenever the record does. */
  keep(id: string, record: Json, version: string, listedAt: number): void {
    for (const entries of [this.#unread, this.#done]) {
      const known = entries.get(id);
      if (known?.version !== version) continue;
      entries.set(id, { ...known, listedAt });
      return;
    }
    this.#drop(id);
    if (this.#read.get(id) === version) return;
    const text = JSON.stringify(record);
    // One that is as large as many would cost the others theirs.
    if (text.length > this.#most / 4) return;
    this.#unread.set(id, { text, version, listedAt });
    this.#size += text.length;
    while (this.#size > this.#most) {
      const [oldest] = this.#done.size > 0 ? this.#done.keys() : this.#unread.keys();
      if (oldest === undefined) return;
      this.#drop(oldest);
    }
  }

  get(id: string): Kept | undefined {
    const entry = this.#unread.get(id) ?? this.#done.get(id);
    return entry && { record: JSON.parse(entry.text), listedAt: entry.listedAt };
  }

  /** From now on it may go before others; it is still there for a second look. */
  wasRead(id: string): void {
    const entry = this.#unread.get(id);
    if (entry === undefined) return;
    this.#unread.delete(id);
    this.#done.set(id, entry);
    this.#read.delete(id);
    this.#read.set(id, entry.version);
    const [oldest] = this.#read.keys();
    if (oldest !== undefined && this.#read.size > MOST_READ) this.#read.delete(oldest);
  }

  #drop(id: string): void {
    for (const entries of [this.#unread, this.#done]) {
      this.#size -= entries.get(id)?.text.length ?? 0;
      entries.delete(id);
    }
  }
}
