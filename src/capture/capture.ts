import { createHmac, randomBytes } from 'node:crypto';
import { isObject, type Json } from '../json/reading.ts';
import type { KnownFields } from '../vendors/vendor.ts';
import { disguise } from './letters.ts';

const ID = /^[\w.:-]{1,128}$/;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$/;
/** Nobody nests deeper; what does is left out. */
const DEEPEST = 100;

/**
 * A vendor's payload that can be attached to a bug report: same shape, same timing, nothing of what was said. Equal
 * texts stay equal within one capture, so that calls still find their results; two captures have nothing in common.
 */
export function capture(payload: unknown, known: KnownFields, key: Buffer = randomBytes(32)): unknown {
  return new Disguiser(known, key).value(payload, '', 0);
}

class Disguiser {
  readonly #known: KnownFields;
  readonly #key: Buffer;

  constructor(known: KnownFields, key: Buffer) {
    this.#known = known;
    this.#key = key;
  }

  value(value: unknown, field: string, depth: number): unknown {
    if (depth > DEEPEST) return null;
    if (Array.isArray(value)) return value.map((member) => this.value(member, field, depth + 1));
    if (isObject(value)) return this.#object(value, field, depth);
    if (typeof value === 'string') return this.#text(value, field);
    return typeof value === 'number' ? this.#number(value, field) : value;
  }

  #object(object: Json, field: string, depth: number): Json {
    if (typeof object.key === 'string' && isObject(object.value))
      return this.#attribute(object.key, object.value, depth);
    const userNamed = this.#known.namedByUser.has(field);
    const members = Object.entries(object).map(([name, member]): [string, unknown] => [
      userNamed ? this.#disguise(name) : name,
      // A name that the user chose says nothing of what it holds, whatever it is.
      this.value(member, userNamed ? '' : name, depth + 1),
    ]);
    return Object.fromEntries(members);
  }

  #attribute(key: string, value: Json, depth: number): Json {
    if (this.#known.attributes(key, value)) return { key, value };
    const prefix = this.#known.attributePrefixes.find((candidate) => key.startsWith(candidate));
    const name = prefix === undefined ? key : prefix + this.#disguise(key.slice(prefix.length));
    return { key: name, value: this.value(value, key, depth + 1) };
  }

  #text(text: string, field: string): string {
    const { ids, enumerations, timing, spanNames, form } = this.#known;
    if (ids.has(field) && ID.test(text)) return text;
    if (enumerations[field]?.includes(text)) return text;
    if (ISO_TIME.test(text) || (timing(field) && /^\d+$/.test(text))) return text;
    if (spanNames.has(field)) return this.#spanName(text);
    return form(text, (value) => this.#blur(value)) ?? this.#json(text) ?? this.#disguise(text);
  }

  #spanName(text: string): string {
    const prefix = this.#known.spanPrefixes.find((candidate) => text.startsWith(candidate));
    if (prefix !== undefined) return prefix + this.#disguise(text.slice(prefix.length));
    return /^[a-z]+(?:\.[a-z_]+)+$/.test(text) ? text : this.#disguise(text);
  }

  /** JSON within a text stays JSON. */
  #json(text: string): string | undefined {
    if (!/^\s*[[{]/.test(text)) return undefined;
    try {
      return JSON.stringify(this.value(JSON.parse(text), '', 0));
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  #number(value: number, field: string): number {
    if (this.#known.timing(field) || this.#known.enumerations[field]?.includes(value)) return value;
    return this.#blur(value);
  }

  /** Half as much to one and a half times as much, whole numbers whole. */
  #blur(value: number): number {
    if (value === 0 || !Number.isFinite(value)) return value;
    const blurred = value * (0.5 + this.#random(String(value))());
    return Number.isInteger(value) ? Math.round(blurred) : Number(blurred.toPrecision(6));
  }

  #disguise(text: string): string {
    return disguise(text, this.#random(text));
  }

  /** Numbers in [0, 1) that depend on `seed` and on this capture's key, which nobody keeps. */
  #random(seed: string): () => number {
    let block = 0;
    let bytes = Buffer.alloc(0);
    let at = 0;
    return () => {
      if (at + 4 > bytes.length) {
        bytes = createHmac('sha256', this.#key).update(`${block++} ${seed}`).digest();
        at = 0;
      }
      const number = bytes.readUInt32BE(at) / 2 ** 32;
      at += 4;
      return number;
    };
  }
}
