/** Reading of JSON that nobody promised anything about: what is not as expected is absent, never an exception. */

export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

/** The members of an array that are objects. */
export function objects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A string that is not empty. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** The first of `keys` that holds a string that is not empty. */
export function firstText(object: Json, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const value = text(object[key]);
    if (value !== undefined) return value;
  }
  return undefined;
}
