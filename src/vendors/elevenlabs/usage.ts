import type { Usage } from '../../conversation.ts';
import { asObject, finite, isObject, type Json } from '../../json/reading.ts';
import { parsePythonLiteral } from './python-literal.ts';

/** Tokens and price of one category (input, cache read, cache write, output) of one model. */
export interface Metered {
  readonly tokens: number | undefined;
  readonly price: number | undefined;
}

/** The prefix of span attributes that hold usage: `elevenlabs.llm_usage.<model>.<category>`. */
export const USAGE_PREFIX = 'elevenlabs.llm_usage.';
const CATEGORIES = ['input', 'input_cache_read', 'input_cache_write', 'output_total'] as const;
type Category = (typeof CATEGORIES)[number];

export interface UsageKey {
  readonly model: string;
  readonly category: Category;
}

type Categories = Record<Category, Metered | undefined>;
export type ModelUsage = Map<string, Categories>;

/** All of one shape, whatever is there: there is one for every turn. */
function noCategories(): Categories {
  return {
    input: undefined,
    input_cache_read: undefined,
    input_cache_write: undefined,
    output_total: undefined,
  };
}

/** Adds what is known of one category. */
export function addUsage(usage: ModelUsage, { model, category }: UsageKey, metered: Metered): void {
  let categories = usage.get(model);
  if (categories === undefined) {
    categories = noCategories();
    usage.set(model, categories);
  }
  categories[category] = metered;
}

/** `elevenlabs.llm_usage.gpt-4.1.input` → model and category. Models have dots in their names, categories none. */
export function splitUsageKey(key: string): UsageKey | undefined {
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

/** Whether the value of a usage attribute is the dict of numbers that it should be. */
export function isMetered(text: string): boolean {
  return USUAL.test(text) || readMetered(text) !== undefined;
}

/** `llm_usage` of a transcript row. */
export function readRowUsage(value: unknown): ModelUsage {
  const usage: ModelUsage = new Map();
  const models = asObject(asObject(value).model_usage);
  for (const model of Object.keys(models)) {
    const given = models[model];
    if (!isObject(given)) continue;
    for (const category of CATEGORIES) {
      const said = given[category];
      if (isObject(said)) addUsage(usage, { model, category }, metered(said));
    }
  }
  return usage;
}

function metered(value: Json): Metered {
  const tokens = finite(value.tokens);
  const price = finite(value.price);
  return {
    // A part of a token is damage, and would make a double of a count.
    tokens: tokens !== undefined && tokens >= 0 && Number.isInteger(tokens) ? tokens : undefined,
    price: price !== undefined && price >= 0 ? price : undefined,
  };
}

/** Each number from `one`, else from `other`. */
export function mergeUsage(one: ModelUsage, other: ModelUsage): ModelUsage {
  if (one.size === 0) return other;
  const merged: ModelUsage = new Map(one);
  for (const [model, theirs] of other) {
    const ours = one.get(model);
    merged.set(model, ours === undefined ? theirs : mergeCategories(ours, theirs));
  }
  return merged;
}

function mergeCategories(one: Categories, other: Categories): Categories {
  const merged = noCategories();
  for (const name of CATEGORIES) {
    const [ours, theirs] = [one[name], other[name]];
    merged[name] =
      ours && theirs
        ? { tokens: ours.tokens ?? theirs.tokens, price: ours.price ?? theirs.price }
        : (ours ?? theirs);
  }
  return merged;
}

/** Cache reads and writes stand beside the input, not inside it; callspan's input has them all. */
export function tokensByModel(usage: ModelUsage): Usage[] {
  return [...usage]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([model, categories]) => {
      const cacheRead = categories.input_cache_read?.tokens;
      const input = plus(plus(categories.input?.tokens, cacheRead), categories.input_cache_write?.tokens);
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
  let price: number | undefined;
  for (const model of [...usage.keys()].sort()) {
    for (const category of CATEGORIES) price = plus(price, usage.get(model)?.[category]?.price);
  }
  return price && rounded(price);
}

/** The sum of what is there; nothing where nothing is. */
function plus(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : one + (other ?? 0);
}

/** To twelve decimals, which are below any price per token: the rest is what binary fractions add. */
function rounded(value: number): number {
  const product = value * 1e12;
  const whole = Math.round(product);
  // As toFixed has it, which takes a microsecond and decides near a half.
  return product < 2 ** 40 && Math.abs(product - whole) < 0.499 ? whole / 1e12 : Number(value.toFixed(12));
}
