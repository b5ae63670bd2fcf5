import type { Usage } from '../../conversation.ts';
import { asObject, finite, isObject, type Json } from '../../json/reading.ts';
import { parsePythonLiteral } from './python-literal.ts';

/** Tokens and price of one category (input, cache read, cache write, output) of one model. */
export interface Metered {
  readonly tokens?: number;
  readonly price?: number;
}

/** The prefix of span attributes that hold usage: `elevenlabs.llm_usage.<model>.<category>`. */
export const USAGE_PREFIX = 'elevenlabs.llm_usage.';
const CATEGORIES = ['input', 'input_cache_read', 'input_cache_write', 'output_total'] as const;
type Category = (typeof CATEGORIES)[number];

export type ModelUsage = Map<string, Partial<Record<Category, Metered>>>;

/** `elevenlabs.llm_usage.gpt-4.1.input` → model and category. Models have dots in their names, categories none. */
export function splitUsageKey(key: string): { model: string; category: Category } | undefined {
  if (!key.startsWith(USAGE_PREFIX)) return undefined;
  const rest = key.slice(USAGE_PREFIX.length);
  const dot = rest.lastIndexOf('.');
  const last = rest.slice(dot + 1);
  const category = CATEGORIES.find((name) => name === last);
  return dot <= 0 || category === undefined ? undefined : { model: rest.slice(0, dot), category };
}

/** As the vendor has always written it: read at a glance, for it stands on every turn. */
const USUAL = /^\{'tokens': (\d{1,15}), 'price': (\d{1,15}(?:\.\d{1,30})?(?:e-\d{1,2})?)\}$/;

/** The value of a usage attribute; undefined where it is not the dict of numbers that it should be. */
export function readMetered(text: string): Metered | undefined {
  const usual = USUAL.exec(text);
  if (usual) return { tokens: Number(usual[1]), price: Number(usual[2]) };
  const literal = parsePythonLiteral(text);
  if (!(literal instanceof Map)) return undefined;
  for (const [key, value] of literal) {
    // A number of a name that the vendor may add tomorrow is no reason to lose the others.
    if (!/^[a-z_]{1,40}$/.test(key) || (typeof value !== 'number' && value !== null)) return undefined;
  }
  return metered(Object.fromEntries(literal));
}

/** `llm_usage` of a transcript row. */
export function readRowUsage(value: unknown): ModelUsage {
  const usage: ModelUsage = new Map();
  for (const [model, categories] of Object.entries(asObject(asObject(value).model_usage))) {
    if (!isObject(categories)) continue;
    const read = CATEGORIES.flatMap((name) =>
      isObject(categories[name]) ? [[name, metered(categories[name])] as const] : [],
    );
    if (read.length > 0) usage.set(model, Object.fromEntries(read));
  }
  return usage;
}

function metered(value: Json): Metered {
  const tokens = finite(value.tokens);
  const price = finite(value.price);
  return {
    // A part of a token is damage, and would make a double of a count.
    ...(tokens !== undefined && tokens >= 0 && Number.isInteger(tokens) ? { tokens } : {}),
    ...(price !== undefined && price >= 0 ? { price } : {}),
  };
}

/** Each number from `one`, else from `other`. */
export function mergeUsage(one: ModelUsage, other: ModelUsage): ModelUsage {
  const merged: ModelUsage = new Map();
  for (const model of new Set([...one.keys(), ...other.keys()])) {
    const [first, second] = [one.get(model), other.get(model)];
    const categories: Partial<Record<Category, Metered>> = {};
    for (const name of CATEGORIES) {
      if (first?.[name] ?? second?.[name]) categories[name] = { ...second?.[name], ...first?.[name] };
    }
    merged.set(model, categories);
  }
  return merged;
}

/** Cache reads and writes stand beside the input, not inside it; callspan's input has them all. */
export function tokensByModel(usage: ModelUsage): Usage[] {
  return [...usage]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([model, categories]) => {
      const input = total(
        categories.input?.tokens,
        categories.input_cache_read?.tokens,
        categories.input_cache_write?.tokens,
      );
      const cacheRead = categories.input_cache_read?.tokens;
      const output = categories.output_total?.tokens;
      return {
        model,
        ...(input === undefined ? {} : { input }),
        ...(cacheRead === undefined ? {} : { cacheRead }),
        ...(output === undefined ? {} : { output }),
      };
    });
}

/** USD of all categories of all models, where any has a price. */
export function priceOf(usage: ModelUsage): number | undefined {
  const prices = [...usage.keys()]
    .sort()
    .flatMap((model) => CATEGORIES.map((category) => usage.get(model)?.[category]?.price));
  return total(...prices);
}

function total(...values: (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  // Twelve decimals are below any price per token; the rest is what binary fractions add.
  return present.length === 0
    ? undefined
    : Number(present.reduce((sum, value) => sum + value, 0).toFixed(12));
}
