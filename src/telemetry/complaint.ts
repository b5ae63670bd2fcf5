import type { Log } from './log.ts';
import { Told } from './told.ts';

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
  readonly #told = new Told();

  constructor(log: Log, words: ComplaintWords) {
    this.#log = log;
    this.#words = words;
  }

  /** @param isKnown somebody else has told of the reason already. */
  about(reason: string, { isKnown = false } = {}): void {
    const { trouble } = this.#words;
    if (!isKnown && this.#told.isNews(trouble)) this.#log.warn({ reason }, trouble);
    else this.#log.debug({ reason }, trouble);
  }

  settled(): void {
    if (this.#told.over()) this.#log.info(this.#words.over);
  }
}
