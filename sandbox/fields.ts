import type { Shape } from './call.ts';
import { mix } from './random.ts';

export type Json = Record<string, unknown>;

/**
 * Builds one JSON object of a payload. Facts are always told where there is one; what is merely optional is
 * there, null or left out, as the conversation's shape says.
 */
export class Fields {
  readonly #out: Json = {};
  readonly #shape: Shape;
  readonly #salt: string;

  constructor(shape: Shape, salt: string) {
    this.#shape = shape;
    this.#salt = salt;
  }

  /** A field that the schema requires. */
  must(name: string, value: unknown): this {
    this.#out[name] = value;
    return this;
  }

  /** An optional field that tells a fact, if there is a fact. */
  fact(name: string, value: unknown): this {
    if (value !== undefined) this.#out[name] = value;
    else if (this.#left(name) !== 'absent') this.#out[name] = null;
    return this;
  }

  /** An optional field that nothing depends on. */
  extra(name: string, value: () => unknown): this {
    const left = this.#left(name);
    if (left === 'present') this.#out[name] = value();
    else if (left === 'null') this.#out[name] = null;
    return this;
  }

  done(): Json {
    return this.#out;
  }

  #left(name: string): 'present' | 'null' | 'absent' {
    if (this.#shape === 'full') return 'present';
    if (this.#shape === 'nulls') return 'null';
    if (this.#shape === 'absent') return 'absent';
    return (['present', 'null', 'absent'] as const)[mix(name, mix(this.#salt)) % 3] ?? 'absent';
  }
}
