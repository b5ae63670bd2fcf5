/** Conversations that are remembered as having failed. */
const MOST_REMEMBERED = 1_000;

/**
 * What speaks against single conversations, and what for them: who failed, and what passed before and after. One that
 * fails while nothing passes may be as good as any other.
 */
export class Evidence {
  /** Deliveries that came through, ever. */
  #passed = 0;
  /** Conversations that have failed since one passed. */
  #failed = new Set<string>();
  /** Those that had failed when another passed: if they fail again, it is their own trouble. */
  #suspects = new Set<string>();
  /** Of those that failed by themselves: how many had passed by then, and how often none has passed between. */
  readonly #lone = new Map<string, { passed: number; inVain: number }>();
  /** Of those that the collector has refused in so many words: how many had passed by then. */
  readonly #refused = new Map<string, number>();

  get passed(): number {
    return this.#passed;
  }

  /** How many different conversations have failed since one passed. */
  get failing(): number {
    return this.#failed.size;
  }

  isSuspect(key: string): boolean {
    return this.#suspects.has(key);
  }

  /** One has passed: whoever failed before is looked at for itself from now on. */
  pass(key: string): void {
    this.#lone.delete(key);
    this.#refused.delete(key);
    this.#passed++;
    if (this.#failed.size === 0) return;
    this.#suspects = this.#failed;
    this.#failed = new Set();
  }

  /** One has failed, and nobody knows whose fault that is. */
  fail(key: string): void {
    if (this.#failed.size < MOST_REMEMBERED) this.#failed.add(key);
  }

  /** One was refused in so many words. @returns whether it had been before, and another has passed since. */
  refuse(key: string): boolean {
    const passedThen = this.#refused.get(key);
    this.#refused.delete(key);
    if (passedThen !== undefined && passedThen < this.#passed) return true;
    remember(this.#refused, key, this.#passed);
    return false;
  }

  /**
   * One has failed by itself.
   * @returns how often in a row it has while nothing passed between: then it may just as well be a queue that had
   * room for smaller ones.
   */
  failAlone(key: string): number {
    const before = this.#lone.get(key);
    const inVain = before?.passed === this.#passed ? before.inVain + 1 : 0;
    remember(this.#lone, key, { passed: this.#passed, inVain });
    return inVain;
  }
}

/** Sets what is known of a key, and forgets the oldest where too many are. */
function remember<Known>(all: Map<string, Known>, key: string, known: Known): void {
  all.delete(key);
  all.set(key, known);
  const [oldest] = all.keys();
  if (oldest !== undefined && all.size > MOST_REMEMBERED) all.delete(oldest);
}
