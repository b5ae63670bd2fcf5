import { canonicalJson } from '../../json/canonical.ts';
import { type PythonLiteral, parsePythonLiteral } from './python-literal.ts';
import type { RowToolCall } from './tool-payload.ts';

/** The vendor cuts span attributes off after 4 KB. */
const CUT_OFF = 4000;
/** Of calls that begin alike for 4 KB, how many are looked at. */
const MOST_ALIKE = 64;

/**
 * Calls of a transcript that no span stands for yet, in their order. Each is found by what it is looked for by:
 * to look through all of them for each span would take the square of their number.
 */
export class FreeCalls {
  readonly #calls: readonly RowToolCall[];
  readonly #taken: boolean[];
  readonly #byName: Index;
  #byParams: Index | undefined;
  #byBeginning: Index | undefined;

  constructor(calls: readonly RowToolCall[]) {
    this.#calls = calls;
    this.#taken = calls.map(() => false);
    this.#byName = this.#index((call) => call.name);
  }

  /** The first of that name. */
  takeByName(name: string): RowToolCall | undefined {
    return this.#take(this.#first(this.#byName, name));
  }

  /**
   * The first of that name with those parameters: the two halves write the same ones with other white space, in other
   * key order, or as Python prints them, and one half cuts them off.
   */
  takeByParams(name: string, params: string): RowToolCall | undefined {
    this.#byParams ??= this.#index((call) =>
      call.params === undefined ? undefined : keyOf(call.name, canonicalParams(call.params)),
    );
    const equal = this.#first(this.#byParams, keyOf(name, canonicalParams(params)));
    if (params.length < CUT_OFF) return this.#take(equal);
    const cut = this.#firstBeginning(name, params);
    return this.#take(cut !== undefined && (equal === undefined || cut < equal) ? cut : equal);
  }

  /** Those that were not taken. */
  left(): RowToolCall[] {
    return this.#calls.filter((_, index) => !this.#taken[index]);
  }

  #index(key: (call: RowToolCall) => string | undefined): Index {
    const index: Index = new Map();
    for (const [place, call] of this.#calls.entries()) {
      const found = key(call);
      if (found === undefined) continue;
      const known = index.get(found);
      if (known) known.places.push(place);
      else index.set(found, { places: [place], from: 0 });
    }
    return index;
  }

  #first(index: Index, key: string): number | undefined {
    const found = index.get(key);
    return found && this.#skipTaken(found);
  }

  #firstBeginning(name: string, params: string): number | undefined {
    this.#byBeginning ??= this.#index(({ name: own, params: whole }) =>
      whole === undefined || whole.length < CUT_OFF ? undefined : keyOf(own, whole.slice(0, CUT_OFF)),
    );
    const found = this.#byBeginning.get(keyOf(name, params.slice(0, CUT_OFF)));
    if (found === undefined) return undefined;
    this.#skipTaken(found);
    return found.places
      .slice(found.from, found.from + MOST_ALIKE)
      .find((place) => !this.#taken[place] && this.#calls[place]?.params?.startsWith(params));
  }

  #skipTaken(found: Found): number | undefined {
    for (; found.from < found.places.length; found.from++) {
      const place = found.places[found.from];
      if (place !== undefined && !this.#taken[place]) return place;
    }
    return undefined;
  }

  #take(place: number | undefined): RowToolCall | undefined {
    if (place === undefined) return undefined;
    this.#taken[place] = true;
    return this.#calls[place];
  }
}

type Index = Map<string, Found>;

interface Found {
  readonly places: number[];
  /** All before it are taken. */
  from: number;
}

function keyOf(name: string, params: string): string {
  return `${name}\n${params}`;
}

function canonicalParams(params: string): string {
  try {
    return canonicalJson(JSON.parse(params));
  } catch (error) {
    // No JSON, or nested deeper than the stack.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    const literal = parsePythonLiteral(params);
    return literal === undefined ? params : canonicalJson(plain(literal));
  }
}

function plain(literal: PythonLiteral): unknown {
  if (Array.isArray(literal)) return literal.map(plain);
  if (!(literal instanceof Map)) return literal;
  return Object.fromEntries([...literal].map(([key, value]) => [key, plain(value)]));
}
