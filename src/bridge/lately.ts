/** Ids that are remembered: a list that changes while it is walked shows some twice, a page or two apart. */
const MOST = 1_000;

/** Tells what was shown just now from what is new, in the same memory for a list of any length. */
export class Lately {
  readonly #ids = new Set<string>();

  /** Whether `id` was not among the last thousand. */
  isNew(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (oldest !== undefined && this.#ids.size > MOST) this.#ids.delete(oldest);
    return true;
  }
}
