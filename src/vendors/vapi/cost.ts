import type { Totals, Usage } from '../../conversation.ts';
import { asObject, finite, type Json, objects, text } from '../../json/reading.ts';

/** What a call cost in USD, and the tokens of its models: the vendor tells both of the whole call only. */
export interface VapiCost {
  readonly totals: Totals;
  /** By model. */
  readonly usage: readonly Usage[];
  /** The model, where it was one. */
  readonly model: string | undefined;
}

/** Where tokens were counted and nobody says of which model. */
const UNNAMED = 'unknown';

export function readCost(call: Json): VapiCost {
  const breakdown = asObject(call.costBreakdown);
  const items = objects(call.costs);
  const ofModels = items.filter(({ type }) => type === 'model');
  const models = [...new Set(ofModels.flatMap((item) => modelOf(item) ?? []))];
  const cost = amount(call.cost) ?? amount(breakdown.total) ?? sum(items.map((item) => amount(item.cost)));
  const llmCost = amount(breakdown.llm) ?? sum(ofModels.map((item) => amount(item.cost)));
  const input = count(breakdown.llmPromptTokens) ?? sum(ofModels.map((item) => count(item.promptTokens)));
  const output =
    count(breakdown.llmCompletionTokens) ?? sum(ofModels.map((item) => count(item.completionTokens)));
  const cacheRead = count(breakdown.llmCachedPromptTokens);
  const usage = ofModels.some((item) => count(item.promptTokens) !== undefined)
    ? ofModels.flatMap(usageOf)
    : usageWith(models.length === 1 ? (models[0] ?? UNNAMED) : UNNAMED, input, output, cacheRead);
  return {
    usage,
    model: models.length === 1 ? models[0] : undefined,
    totals: {
      ...(cost === undefined ? {} : { costUsd: cost }),
      ...(llmCost === undefined ? {} : { llmCostUsd: llmCost }),
      ...(input === undefined ? {} : { inputTokens: input }),
      ...(output === undefined ? {} : { outputTokens: output }),
    },
  };
}

function modelOf(item: Json): string | undefined {
  return text(asObject(item.model).model) ?? text(item.model);
}

function usageOf(item: Json): Usage[] {
  return usageWith(
    modelOf(item) ?? UNNAMED,
    count(item.promptTokens),
    count(item.completionTokens),
    count(item.cachedPromptTokens),
  );
}

function usageWith(
  model: string,
  input: number | undefined,
  output: number | undefined,
  cacheRead: number | undefined,
): Usage[] {
  if (input === undefined && output === undefined) return [];
  return [
    {
      model,
      ...(input === undefined ? {} : { input }),
      ...(output === undefined ? {} : { output }),
      ...(cacheRead === undefined ? {} : { cacheRead }),
    },
  ];
}

function amount(value: unknown): number | undefined {
  const number = finite(value);
  return number === undefined || number < 0 ? undefined : number;
}

function count(value: unknown): number | undefined {
  const number = amount(value);
  return number === undefined || !Number.isInteger(number) ? undefined : number;
}

/** Rounded to what binary fractions leave of a price. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  if (present.length === 0) return undefined;
  return Number(present.reduce((total, value) => total + value, 0).toFixed(12));
}
