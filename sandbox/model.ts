import type { ModelUse, Rag, Tokens, Usage } from './call.ts';
import type { Random } from './random.ts';
import { nanos } from './time.ts';

interface Price {
  readonly name: string;
  readonly weight: number;
  /** USD a token. */
  readonly input: number;
  readonly output: number;
}

/** Names with dots and dashes, as usage attributes are keyed by them. */
const MODELS: readonly Price[] = [
  { name: 'gemini-2.5-flash', weight: 5, input: 1.5e-7, output: 6e-7 },
  { name: 'gpt-4.1-mini', weight: 2, input: 4e-7, output: 1.6e-6 },
  { name: 'claude-haiku-4-5', weight: 2, input: 1e-6, output: 5e-6 },
];

export function drawModel(random: Random): string {
  return random.weighted(MODELS).name;
}

/** What one answer of a model costs. Cached input is common, and often more than what was not cached. */
export function drawModelUse(random: Random, name: string): ModelUse {
  const price = MODELS.find((model) => model.name === name);
  if (price === undefined) throw new RangeError(`No price is known for the model ${name}`);
  const cached = random.chance(0.5);
  const used = (count: number, each: number): Tokens => ({ tokens: count, price: count * each });
  return {
    name,
    usage: {
      input: used(random.int(300, 2400), price.input),
      cacheRead: used(cached ? random.int(500, 2500) : 0, price.input / 10),
      cacheWrite: used(cached && random.chance(0.2) ? random.int(100, 800) : 0, price.input * 1.25),
      output: used(random.int(8, 120), price.output),
    },
  };
}

export function drawRag(random: Random): Rag {
  const count = random.int(1, 3);
  return {
    latency: nanos(random.between(0.04, 0.35)),
    query: 'delivery times and costs',
    embeddingModel: random.pick(['e5_mistral_7b_instruct', 'multilingual_e5_large_instruct']),
    documents: Array.from({ length: count }, () => random.token(20)),
  };
}

/** What one answer of a model cost, in USD. */
export function price(usage: Usage): number {
  return usage.input.price + usage.cacheRead.price + usage.cacheWrite.price + usage.output.price;
}
