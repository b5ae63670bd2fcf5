/** Beyond so many UTF-16 units two texts are taken for the same: what hides secrets may hide too much, never too little. */
const LONGEST_COMPARED = 256;

/** Of texts that are the same so far, how many are compared to their ends. */
const MOST_ALIKE = 16;
/** So few are looked for one after the other: the engine does that many times faster. */
const FEW = 8;

/** A place in the tree of all texts that are looked for, by what they have in common from their beginnings. */
interface Branch {
  /** What comes next in all texts behind this place. */
  readonly label: string;
  readonly next: Map<number, Branch>;
  /** The texts that end here, or go on beyond {@link LONGEST_COMPARED}: of those not more than a few. */
  readonly ends: string[];
}

/**
 * Finds any of many texts in another in one pass, however many there are: a payload may hold ten thousand addresses
 * that must not leave, and as many texts to look for them in.
 */
export class TextFinder {
  readonly #firsts = new Map<number, Branch>();
  /** Where there are but few: the longest first. */
  readonly #few: readonly string[] | undefined;

  /** @param texts what is to be found; empty ones are left out. */
  constructor(texts: readonly string[]) {
    const sorted = [...new Set(texts)].filter((text) => text !== '').sort();
    if (sorted.length <= FEW) this.#few = sorted.sort((one, other) => other.length - one.length);
    else plant(this.#firsts, sorted, 0);
  }

  /** `text` with the longest match at each place replaced. The very same text where there is none. */
  replace(text: string, replacement: string): string {
    if (this.#few) return this.#few.reduce((said, one) => said.replaceAll(one, () => replacement), text);
    const parts: string[] = [];
    let kept = 0;
    for (let at = 0; at < text.length; ) {
      const length = this.#matchAt(text, at);
      if (length === 0) {
        at++;
        continue;
      }
      parts.push(text.slice(kept, at), replacement);
      at += length;
      kept = at;
    }
    return parts.length === 0 ? text : parts.join('') + text.slice(kept);
  }

  /** The length of the longest that begins at `at`; 0 where none does. */
  #matchAt(text: string, at: number): number {
    let longest = 0;
    let place = at;
    let branch = this.#firsts.get(text.charCodeAt(place));
    while (branch !== undefined && text.startsWith(branch.label, place)) {
      place += branch.label.length;
      for (const whole of branch.ends) longest = Math.max(longest, matching(text, at, place, whole));
      if (place - at >= LONGEST_COMPARED) longest = Math.max(longest, wordEnd(text, place) - at);
      branch = place < text.length ? branch.next.get(text.charCodeAt(place)) : undefined;
    }
    return longest;
  }
}

/** How much of `whole` stands at `at`, of which all before `place` is known to. */
function matching(text: string, at: number, place: number, whole: string): number {
  let end = place;
  while (end - at < whole.length && text.charCodeAt(end) === whole.charCodeAt(end - at)) end++;
  return end - at;
}

const REST_OF_WORD = /[^\s"'<>\\]*/y;

/** Where the word ends that `place` is in: what began as an address of which not all was compared. */
function wordEnd(text: string, place: number): number {
  REST_OF_WORD.lastIndex = place;
  return place + (REST_OF_WORD.exec(text)?.[0].length ?? 0);
}

/** Adds branches for `sorted`, which are equal up to `depth`. */
function plant(branches: Map<number, Branch>, sorted: readonly string[], depth: number): void {
  const stack = [{ branches, from: 0, to: sorted.length, depth }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    for (let from = top.from; from < top.to; ) {
      const first = sorted[from] ?? '';
      const code = first.charCodeAt(top.depth);
      let to = from + 1;
      while (to < top.to && sorted[to]?.charCodeAt(top.depth) === code) to++;
      const end = commonEnd(first, sorted[to - 1] ?? '', top.depth);
      const branch: Branch = { label: first.slice(top.depth, end), next: new Map(), ends: [] };
      let rest = from;
      for (; rest < to && endsAt(sorted[rest] ?? '', end); rest++) {
        if (branch.ends.length < MOST_ALIKE) branch.ends.push(sorted[rest] ?? '');
      }
      top.branches.set(code, branch);
      if (rest < to) stack.push({ branches: branch.next, from: rest, to, depth: end });
      from = to;
    }
  }
}

/** In sorted order, what the first and the last have in common is what all between them have. */
function commonEnd(one: string, other: string, from: number): number {
  const most = Math.min(one.length, other.length, LONGEST_COMPARED);
  let end = from;
  while (end < most && one.charCodeAt(end) === other.charCodeAt(end)) end++;
  return end;
}

function endsAt(text: string, depth: number): boolean {
  return text.length === depth || depth >= LONGEST_COMPARED;
}
