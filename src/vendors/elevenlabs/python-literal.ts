/**
 * ElevenLabs writes some span attributes as Python prints them: `{'tokens': 2172, 'price': 0.0003258}`. This reads
 * that literal form (dict, list, tuple, str, numbers, True, False, None) and nothing else; it never evaluates.
 */

export type PythonLiteral = string | number | boolean | null | PythonLiteral[] | Map<string, PythonLiteral>;

/** The value of a Python literal, or undefined where `text` is none. */
export function parsePythonLiteral(text: string): PythonLiteral | undefined {
  const reader = new Reader(text);
  try {
    const value = reader.value(0);
    reader.end();
    return value;
  } catch (error) {
    if (error instanceof NotALiteral) return undefined;
    throw error;
  }
}

class NotALiteral extends Error {}

/** Deeper than any payload nests; a hostile one must not exhaust the stack. */
const DEEPEST = 64;
const NUMBER = /[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORDS: readonly [string, PythonLiteral][] = [
  ['True', true],
  ['False', false],
  ['None', null],
];
const ESCAPES: Record<string, string> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
};

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): PythonLiteral {
    if (depth > DEEPEST) throw new NotALiteral();
    this.#space();
    const character = this.#text[this.#at];
    if (character === '{') return this.#dict(depth);
    if (character === '[') return this.#sequence(']', depth);
    if (character === '(') return this.#sequence(')', depth);
    if (character === "'" || character === '"') return this.#string(character);
    for (const [word, value] of WORDS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  end(): void {
    this.#space();
    if (this.#at !== this.#text.length) throw new NotALiteral();
  }

  #dict(depth: number): Map<string, PythonLiteral> {
    const members = new Map<string, PythonLiteral>();
    this.#at++;
    while (!this.#take('}')) {
      const key = this.value(depth + 1);
      // Python prints no key twice; who writes one twice wants the first to be overlooked.
      if (typeof key === 'object' || members.has(String(key))) throw new NotALiteral();
      this.#expect(':');
      members.set(String(key), this.value(depth + 1));
      if (!this.#take(',') && this.#peek() !== '}') throw new NotALiteral();
    }
    return members;
  }

  #sequence(close: string, depth: number): PythonLiteral[] {
    const members: PythonLiteral[] = [];
    this.#at++;
    while (!this.#take(close)) {
      members.push(this.value(depth + 1));
      if (!this.#take(',') && this.#peek() !== close) throw new NotALiteral();
    }
    return members;
  }

  #string(quote: string): string {
    let value = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? '';
      if (character === quote) {
        this.#at++;
        return value;
      }
      value += character === '\\' ? this.#escape() : character;
    }
    throw new NotALiteral();
  }

  /** Leaves the reader on the last character of the escape. */
  #escape(): string {
    const kind = this.#text[++this.#at] ?? '';
    const digits = { x: 2, u: 4, U: 8 }[kind];
    if (digits === undefined) return ESCAPES[kind] ?? (/['"\\]/.test(kind) ? kind : `\\${kind}`);
    const hex = this.#text.slice(this.#at + 1, this.#at + 1 + digits);
    const code = Number.parseInt(hex, 16);
    if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length !== digits || code > 0x10ffff) throw new NotALiteral();
    this.#at += digits;
    return String.fromCodePoint(code);
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (!match) throw new NotALiteral();
    this.#at += match[0].length;
    return Number(match[0].replaceAll('_', ''));
  }

  #expect(character: string): void {
    if (!this.#take(character)) throw new NotALiteral();
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #peek(): string | undefined {
    this.#space();
    return this.#text[this.#at];
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}
