import type { ElevenLabsCall, ModelUse, Tokens } from '../call.ts';
import type { Json } from '../fields.ts';

/** The vendor's name of each kind of tokens. */
export const TOKEN_KINDS = {
  input: 'input',
  cacheRead: 'input_cache_read',
  cacheWrite: 'input_cache_write',
  output: 'output_total',
} as const;

/** Whether the transcript tells the tokens. Where the trace does not, it has to. */
export function usageInJson(call: ElevenLabsCall): boolean {
  return call.traits.usageIn !== 'otlp' || call.traits.otlp !== 'rich';
}

export function usageInTrace(call: ElevenLabsCall): boolean {
  return call.traits.usageIn !== 'json' && call.traits.otlp === 'rich';
}

/** Tokens and prices by model, added up. */
export function usage(uses: readonly ModelUse[]): Json {
  const models: Record<string, Record<string, Tokens>> = {};
  for (const use of uses) {
    const model: Record<string, Tokens> = models[use.name] ?? {};
    models[use.name] = model;
    for (const [ours, theirs] of Object.entries(TOKEN_KINDS)) {
      const used = use.usage[ours as keyof typeof TOKEN_KINDS];
      const sum = model[theirs] ?? { tokens: 0, price: 0 };
      model[theirs] = { tokens: sum.tokens + used.tokens, price: sum.price + used.price };
    }
  }
  return { model_usage: models };
}
