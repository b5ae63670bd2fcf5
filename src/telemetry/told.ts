/** What has been told: whatever goes on being so is told once. */
export class Told {
  readonly #known = new Set<string>();
  readonly #most: number;

  /** @param most how many are remembered; what comes beyond is told no more, for names of others have no end. */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  /** Whether nobody has been told yet; from now on somebody has. */
  isNews(what: string): boolean {
    if (this.#known.has(what) || this.#known.size >= this.#most) return false;
    this.#known.add(what);
    return true;
  }

  /** It is not so any more: when it comes again it is news. @returns whether anybody had been told. */
  over(): boolean {
    const wasTold = this.#known.size > 0;
    this.#known.clear();
    return wasTold;
  }
}

/** The same for what has no end that anybody notices: told once in a while. */
export class ToldLately {
  #at = Number.NEGATIVE_INFINITY;

  /** Whether it was not told within `millis` before `now`, in either direction: clocks are set. */
  isNews(now: number, millis: number): boolean {
    if (Math.abs(now - this.#at) < millis) return false;
    this.#at = now;
    return true;
  }
}
