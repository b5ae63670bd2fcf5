import { createHmac, randomBytes } from 'node:crypto';
import { isObject, type Json } from '../json/reading.ts';
import type { KnownFields } from '../vendors/vendor.ts';
import { disguise } from './letters.ts';

const ID = /^[\w.:-]{1,128}$/;
/** Ids by which calls find their results, also where a payload has JSON within a text. */
const CALL_ID = /^(?:request_id|tool_call_id)$/;
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
  /** How many texts deep: what is JSON within a text was written by a customer or a tool. */
  #texts = 0;

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
    const members = new Map<string, unknown>();
    for (const [name, member] of Object.entries(object)) {
      const isKnown = !userNamed && this.#known.keys(name);
      // A name that the vendor did not give says nothing of what it holds, whatever it is.
      const value = this.value(member, isKnown ? name : '', depth + 1);
      members.set(isKnown ? name : this.#newName(name, members), value);
    }
    return Object.fromEntries(members);
  }

  /** Short names may look the same once they are disguised, and no member must take another's place. */
  #newName(name: string, taken: ReadonlyMap<string, unknown>): string {
    const disguised = this.#disguise(name);
    let unique = disguised;
    for (let count = 2; taken.has(unique) || this.#known.keys(unique); count++)
      unique = `${disguised}_${count}`;
    return unique;
  }

  #attribute(key: string, value: Json, depth: number): Json {
    if (this.#known.attributes(key, value)) return { key, value };
    if (this.#known.attributeKeys.has(key)) return { key, value: this.value(value, key, depth + 1) };
    const prefix = this.#known.attributePrefixes.find((candidate) => key.startsWith(candidate)) ?? '';
    return {
      key: prefix + this.#disguise(key.slice(prefix.length)),
      value: this.value(value, '', depth + 1),
    };
  }

  #text(text: string, field: string): string {
    const { ids, enumerations, timing, spanNames, vendorTools, form } = this.#known;
    if (ids.has(field) && ID.test(text) && (this.#texts === 0 || CALL_ID.test(field))) return text;
    if (enumerations[field]?.includes(text)) return text;
    if (field === 'tool_name' && vendorTools.has(text)) return text;
    if (timing(field) && (ISO_TIME.test(text) || /^\d+(?:\.\d+)?$/.test(text))) return text;
    if (spanNames.has(field)) return this.#spanName(text);
    return form(text, (value) => this.#blur(value)) ?? this.#json(text) ?? this.#disguise(text);
  }

  #spanName(text: string): string {
    if (this.#known.vendorSpans.has(text)) return text;
    const prefix = this.#known.spanPrefixes.find((candidate) => text.startsWith(candidate)) ?? '';
    const own = text.slice(prefix.length);
    return prefix + (this.#known.vendorTools.has(own) ? own : this.#disguise(own));
  }

  /** JSON within a text stays JSON. */
  #json(text: string): string | undefined {
    if (!/^\s*[[{]/.test(text)) return undefined;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
    this.#texts += 1;
    try {
      return JSON.stringify(this.value(json, '', 0));
    } finally {
      this.#texts -= 1;
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
    // Once over the text, not once for every few letters of it.
    const own = createHmac('sha256', this.#key).update(seed).digest();
    let block = 0;
    let bytes = Buffer.alloc(0);
    let at = 0;
    return () => {
      if (at + 4 > bytes.length) {
        bytes = createHmac('sha256', this.#key).update(`${block++} `).update(own).digest();
        at = 0;
      }
      const number = bytes.readUInt32BE(at) / 2 ** 32;
      at += 4;
      return number;
    };
  }
}
