/** Names are the vendor's, so there is no end to them; what comes beyond so many is counted together. */
const MOST_NAMES = 1_000;
const OTHERS = 'others';

/**
 * What lists have that callspan does not know. A row that has it is in every walk of the list for as long as it lasts,
 * and is news only once: so of each name those count that no walk before has shown.
 */
export class LastingDrift {
  /** How many things of a name the walks have shown at most, since the last that went over everything. */
  readonly #known = new Map<string, number>();

  /** A walk of the list begins. Several may be under way. */
  walk(): DriftWalk {
    const seen = new Map<string, number>();
    const before = new Map(this.#known);
    const add = (name: string) => {
      const key = seen.has(name) || seen.size < MOST_NAMES ? name : OTHERS;
      const count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      if (count <= (this.#known.get(key) ?? 0)) return false;
      this.#known.set(key, count);
      return true;
    };
    return {
      news: (names) => names.filter(add),
      wentOverAll: () => {
        // What has gone is news when it comes again; what came meanwhile this walk may have been past.
        for (const [key, count] of this.#known) {
          if (count <= (before.get(key) ?? 0)) this.#known.set(key, seen.get(key) ?? 0);
        }
      },
    };
  }
}

export interface DriftWalk {
  /** Those of a page's names that were not known of its list. */
  news(names: readonly string[]): string[];
  /** It has come to its end, and has seen everything that there is. */
  wentOverAll(): void;
}
