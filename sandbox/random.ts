/**
 * Random numbers that repeat: the same keys give the same sequence on every machine, so that a call can be
 * forgotten and simulated again instead of being kept. Not for secrets.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param keys what the sequence depends on, for instance a seed, an index and a purpose. */
  constructor(...keys: readonly (string | number)[]) {
    const text = keys.join('\u0000');
    this.#a = mix(text, 0x9e3779b9);
    this.#b = mix(text, 0x85ebca6b);
    this.#c = mix(text, 0xc2b2ae35);
    // Similar keys give similar words; a dozen rounds are enough to drive them apart.
    for (let round = 0; round < 12; round++) this.#word();
  }

  /** A float in [0, 1). */
  next(): number {
    return this.#word() / 0x1_0000_0000;
  }

  /** A float in [min, max). */
  between(min: number, max: number): number {
    return min + (max - min) * this.next();
  }

  /** A whole number, both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('Random.pick needs a list with at least one item');
    return list[Math.floor(this.next() * list.length)] as T;
  }

  /** An item, each as often as its weight says. Items of weight 0 never come. */
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T {
    const total = list.reduce((sum, item) => sum + item.weight, 0);
    let left = this.next() * total;
    for (const item of list) {
      left -= item.weight;
      if (left < 0) return item;
    }
    throw new RangeError('Random.weighted needs at least one item with a weight above 0');
  }

  /** A new list with the same items in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((item) => ({ item, rank: this.next() }))
      .sort((left, right) => left.rank - right.rank)
      .map(({ item }) => item);
  }

  /** `length` characters of `alphabet`. */
  letters(length: number, alphabet: string): string {
    let text = '';
    for (let at = 0; at < length; at++) text += alphabet[Math.floor(this.next() * alphabet.length)];
    return text;
  }

  hex(length: number): string {
    let text = '';
    while (text.length < length) text += this.#word().toString(16).padStart(8, '0');
    return text.slice(0, length);
  }

  /** Lower-case letters and digits, as in the vendors' ids. */
  token(length: number): string {
    return this.letters(length, '0123456789abcdefghjkmnpqrstvwxyz');
  }

  #word(): number {
    // "Small fast counter", 32 bits: three words of state and a counter that rules out short cycles.
    const sum = (this.#a + this.#b + this.#counter) >>> 0;
    this.#counter = (this.#counter + 1) >>> 0;
    this.#a = (this.#b ^ (this.#b >>> 9)) >>> 0;
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) >>> 0;
    return sum;
  }
}

/** A 32-bit hash of a text (FNV-1a with a final scramble); different salts give unrelated words. */
export function mix(text: string, salt = 0): number {
  let word = (0x811c9dc5 ^ salt) >>> 0;
  for (let at = 0; at < text.length; at++) {
    word = Math.imul(word ^ text.charCodeAt(at), 0x01000193);
  }
  word = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d);
  word = Math.imul(word ^ (word >>> 12), 0x297a2d39);
  return (word ^ (word >>> 15)) >>> 0;
}
