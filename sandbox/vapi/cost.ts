/** What a call cost, whole and by the piece, in USD. */
import type { VapiCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { price } from '../model.ts';

interface Billed {
  readonly model: string;
  readonly prompt: number;
  readonly cached: number;
  readonly completion: number;
  readonly usd: number;
}

/** Of one model: a call has one. Undefined where none was asked. */
function billed({ turns }: VapiCall): Billed | undefined {
  const uses = turns.flatMap(({ model }) => model ?? []);
  const [first] = uses;
  if (first === undefined) return undefined;
  const sum = (of: (use: (typeof uses)[number]) => number) => uses.reduce((total, use) => total + of(use), 0);
  return {
    model: first.name,
    prompt: sum(({ usage }) => usage.input.tokens + usage.cacheRead.tokens + usage.cacheWrite.tokens),
    cached: sum(({ usage }) => usage.cacheRead.tokens),
    completion: sum(({ usage }) => usage.output.tokens),
    usd: Math.round(sum(({ usage }) => price(usage)) * 1e9) / 1e9,
  };
}

export function costFields(call: VapiCall): Json {
  const { costs, costUsd = 0, textOnly } = call.traits;
  if (costs === 'none') return {};
  const model = billed(call);
  const rest = Math.max(0, costUsd - (model?.usd ?? 0));
  const items = [
    { type: 'transport', cost: 0 },
    ...(textOnly ? [] : [{ type: 'transcriber', cost: rest / 4, minutes: 1.2 }]),
    ...(model === undefined ? [] : [modelItem(model)]),
    ...(textOnly ? [] : [{ type: 'voice', cost: rest / 4, characters: 720 }]),
    { type: 'vapi', subType: textOnly ? 'chat' : 'normal', cost: rest / 2, minutes: 1.2 },
  ];
  const breakdown = {
    transport: 0,
    stt: textOnly ? 0 : rest / 4,
    llm: model?.usd ?? 0,
    tts: textOnly ? 0 : rest / 4,
    vapi: rest / 2,
    chat: textOnly ? 0.005 : 0,
    total: costUsd,
    ...(model === undefined
      ? {}
      : {
          llmPromptTokens: model.prompt,
          llmCompletionTokens: model.completion,
          llmCachedPromptTokens: model.cached,
        }),
    ttsCharacters: textOnly ? 0 : 720,
  };
  return {
    cost: costUsd,
    ...(costs === 'breakdown' ? {} : { costs: items }),
    ...(costs === 'itemised' && !textOnly ? {} : { costBreakdown: breakdown }),
  };
}

function modelItem({ model, prompt, cached, completion, usd }: Billed): Json {
  return {
    type: 'model',
    model: { provider: 'openai', model },
    cost: usd,
    promptTokens: prompt,
    completionTokens: completion,
    cachedPromptTokens: cached,
  };
}
