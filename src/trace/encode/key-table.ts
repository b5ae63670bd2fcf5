/** Keys that are remembered: callspan's own are some eighty, a vendor's may be any. */
const MOST_KEYS = 2_048;
const LONGEST_KEY = 128;

/** What has been prepared for each key of attributes, for as long as the process lasts. */
export class KeyTable<Prepared> {
  readonly #make: (key: string) => Prepared;
  readonly #known = new Map<string, Prepared>();

  constructor(make: (key: string) => Prepared) {
    this.#make = make;
  }

  of(key: string): Prepared {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#make(key);
      if (key.length <= LONGEST_KEY && this.#known.size < MOST_KEYS) this.#known.set(key, known);
    }
    return known;
  }
}
