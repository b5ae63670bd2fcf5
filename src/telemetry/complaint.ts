import type { Log } from './log.ts';

export interface ComplaintWords {
  /** What is wrong. */
  readonly trouble: string;
  /** What is right again. */
  readonly over: string;
}

/** A trouble that may last: told once when it begins, and once when it is over. */
export class Complaint {
  readonly #log: Log;
  readonly #words: ComplaintWords;
  #lasts = false;

  constructor(log: Log, words: ComplaintWords) {
    this.#log = log;
    this.#words = words;
  }

  /** @param isKnown somebody else has told of the reason already. */
  about(reason: string, { isKnown = false } = {}): void {
    if (this.#lasts || isKnown) {
      this.#log.debug({ reason }, this.#words.trouble);
      return;
    }
    this.#lasts = true;
    this.#log.warn({ reason }, this.#words.trouble);
  }

  settled(): void {
    if (!this.#lasts) return;
    this.#lasts = false;
    this.#log.info(this.#words.over);
  }
}
