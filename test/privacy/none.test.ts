import { describe, expect, it } from 'vitest';
import { type Call, type Provider, privateTexts } from '../../sandbox/index.ts';
import type { TraceSettings } from '../../src/trace/settings.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { finalPayload, sandboxCalls, translatePayload } from '../trace/sandbox-calls.ts';
import { found, marked, withNews } from './marked.ts';

/**
 * What §6 of the trace model names, by its path in the vendors' payloads: all that may be in an export without
 * content. Everything else is replaced by a marker, and no marker may be found.
 */
const NAMED: Readonly<Record<Provider, RegExp>> = {
  elevenlabs: new RegExp(
    [
      // Ids, statuses, versions, names of agents, tools and models, languages, closed words.
      String.raw`^\.(conversation_id|agent_id|agent_name|status|branch_id|version_id|environment)$`,
      String.raw`^\.metadata\.(start_time_unix_secs|call_duration_secs|queue_wait_secs|cost_fiat|main_language|termination_reason)$`,
      String.raw`^\.metadata\.(phone_call\.direction|charging\.llm_price)$`,
      String.raw`^\.transcript\[\]\.(role|time_in_call_secs|producing_llm|agent_metadata\.\w+)$`,
      String.raw`^\.transcript\[\]\.conversation_turn_metrics\.metrics\.\w+\.elapsed_time$`,
      String.raw`^\.transcript\[\]\.rag_retrieval_info\.(embedding_model|rag_latency_secs|chunks\[\]\.document_id)$`,
      String.raw`^\.transcript\[\]\.llm_usage\..*\.(tokens|price)$`,
      String.raw`^\.transcript\[\]\.tool_(calls|results)\[\]\.(request_id|tool_name|type|tool_latency_secs|error_type)$`,
      String.raw`^\.transcript\[\]\.tool_results\[\]\.result(_value)?\.steps\[\]\.type$`,
      String.raw`^\.transcript\[\]\.tool_results\[\]\.result(_value)?\.steps\[\]\.(requests|results)\[\]\.(request_id|tool_name|type|tool_latency_secs|error_type)$`,
      String.raw`^\.analysis\.(call_successful|call_success_score)$`,
      String.raw`^\.analysis\.evaluation_criteria_results(_list)?(\.\w+|\[\])\.(criteria_id|result|score)$`,
      String.raw`^\.conversation_initiation_client_data\.dynamic_variables\.traceparent$`,
      // Of OTLP: ids, times, kinds, codes, names of spans and scopes, and keys of attributes.
      String.raw`^\.otlp_traces\..*\.(traceId|spanId|parentSpanId|startTimeUnixNano|endTimeUnixNano|kind|code|name|version|key)$`,
    ].join('|'),
  ),
  tavus: new RegExp(
    [
      String.raw`^\.(conversation_id|status|persona_id|replica_id|pal_id|face_id|created_at|shutdown_reason)$`,
      String.raw`^\.conversation_name$`,
      String.raw`^\.events\[\]\.(event_type|timestamp)$`,
      String.raw`^\.events\[\]\.properties\.(shutdown_reason|reason)$`,
      String.raw`^\.events\[\]\.properties\.transcript\[\]\.(role|timestamp|seconds_from_start|duration|inference_id|tool_call_id)$`,
      String.raw`^\.events\[\]\.properties\.transcript\[\]\.tool_calls\[\]\.(id|name|function\.name)$`,
    ].join('|'),
  ),
  retell: new RegExp(
    [
      String.raw`^\.(call_id|call_type|call_status|agent_id|agent_name|agent_version|direction|data_storage_setting)$`,
      String.raw`^\.(start_timestamp|end_timestamp|duration_ms|disconnection_reason|metadata\.traceparent)$`,
      String.raw`^\.latency\.\w+\.(num|values\[\])$`,
      String.raw`^\.llm_token_usage\.values\[\]$`,
      String.raw`^\.call_cost\.(combined_cost|product_costs\[\]\.(product|cost))$`,
      String.raw`^\.call_analysis\.(call_successful|user_sentiment|in_voicemail)$`,
      String.raw`^\.(scrubbed_)?transcript_\w+\[\]\.(role|time_sec|tool_call_id|name|successful|transition_type)$`,
      String.raw`^\.(scrubbed_)?transcript_\w+\[\]\.words\[\]\.(start|end)$`,
      // Left as they are: what stands there is never let out, and a marker there would not be anywhere.
      String.raw`^\.(access_token|\w+_url|from_number|to_number|transfer_destination)$`,
    ].join('|'),
  ),
  vapi: new RegExp(
    [
      String.raw`^\.(id|type|status|assistantId|assistantVersion|squadId|phoneCallProvider|endedReason|assistant\.name)$`,
      String.raw`^\.(createdAt|updatedAt|startedAt|endedAt|cost)$`,
      String.raw`^\.costs\[\]\.(type|cost|promptTokens|completionTokens|cachedPromptTokens|model\.model)$`,
      String.raw`^\.costBreakdown\.(llm|stt|tts|chat|total|llmPromptTokens|llmCompletionTokens|llmCachedPromptTokens)$`,
      String.raw`^(\.artifact)?\.messages\[\]\.(role|time|endTime|secondsFromStart|duration|toolCallId|assistantId|assistantName)$`,
      String.raw`^(\.artifact)?\.messages\[\]\.toolCalls\[\]\.(id|function\.name)$`,
      String.raw`^(\.artifact)?\.messages\[\]\.metadata\.wordLevelConfidence\[\]\.language$`,
      String.raw`^\.artifact\.assistantActivations\[\]\.(assistantId|assistantName|assistantVersion)$`,
      String.raw`^\.artifact\.performanceMetrics\.(turnLatencies\[\]\.\w+|num\w+Interrupted)$`,
      String.raw`^\.artifact\.variableValues\.traceparent$`,
      String.raw`^\.analysis\.successEvaluation$`,
      // Left as they are: what stands there is never let out, and a marker there would not be anywhere.
      String.raw`^\.(monitor|assistant\.server)\.\w+$`,
      String.raw`^\.artifact\.(recordingUrl|stereoRecordingUrl|logUrl|recording\..*)$`,
    ].join('|'),
  ),
};

/** Attributes of OTLP that §6 names; of all others the value is marked. */
const NAMED_ATTRIBUTES =
  /^(service\..*|elevenlabs\.(conversation_id|agent_id|source|status|environment|branch_id|version_id|producing_llm|session\.duration_ms|turn\.index|cost_fiat|llm_usage\..*|metric\..*|rag\.(latency_ms|embedding_model)|tool\.(name|latency_ms|status)|analysis\.call_successful|dynamic_variable\.traceparent))$/;

/** Every scenario of each vendor; made once, for several tests look at them. */
const callsOf: Readonly<Record<Provider, readonly Call[]>> = {
  elevenlabs: ordinaryCalls('elevenlabs'),
  tavus: ordinaryCalls('tavus'),
  retell: ordinaryCalls('retell'),
  vapi: ordinaryCalls('vapi'),
};

function ordinaryCalls(provider: Provider): readonly Call[] {
  return [...sandboxCalls(provider, 1)].filter((call) => call.scenario !== 'two-hours');
}

const plainPayload = onceEach(finalPayload);

const markedPayload = onceEach((call) => {
  const keep = (path: string) => NAMED[call.provider].test(path) || path.includes('.attributes[]');
  return withNews(markAttributes(marked(plainPayload(call), keep)));
});

/** Makes of a call what several tests look at, at the first time. */
function onceEach(make: (call: Call) => unknown): (call: Call) => unknown {
  const made = new Map<Call, unknown>();
  return (call) => {
    if (!made.has(call)) made.set(call, make(call));
    return made.get(call);
  };
}

function markAttributes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(markAttributes);
  if (typeof value !== 'object' || value === null) return value;
  if ('key' in value && 'value' in value && !NAMED_ATTRIBUTES.test(String(value.key))) {
    return marked(value, (path) => path === '.key');
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, markAttributes(member)]));
}

function bytesOf(call: Call, payload: unknown, changes: Partial<TraceSettings>): string {
  const translated = translatePayload(call.provider, payload, call.id, changes);
  return translated ? JSON.stringify(toOtlp(translated.batch)) : '';
}

describe.each(['elevenlabs', 'tavus', 'retell', 'vapi'] as const)('content: none, of %s', (provider) => {
  const calls = callsOf[provider];

  it('lets nothing out that is not on the list, whatever its name and type', () => {
    for (const call of calls) expect(found(bytesOf(call, markedPayload(call), {}))).toEqual([]);
  });

  it('still translates such a payload into the very spans of the unmarked one', () => {
    for (const call of calls) {
      const [marked_, plain] = [markedPayload(call), plainPayload(call)].map(
        (payload) => translatePayload(provider, payload, call.id)?.spanIds.length,
      );
      expect(marked_).toBe(plain);
    }
  });

  it('marks what it should: with content the markers are found', () => {
    const everything = calls.map((call) =>
      bytesOf(call, markedPayload(call), { content: 'full', systemPrompt: true }),
    );
    expect(found(everything.join('\n')).length).toBeGreaterThan(500);
  });

  it('lets out no word, number or name of a person, no prompt and no secret of any scenario', () => {
    for (const call of calls) {
      const { never, content, prompts } = privateTexts(call);
      const bytes = bytesOf(call, plainPayload(call), {});
      expect([...never, ...content, ...prompts].filter((text) => holds(bytes, text))).toEqual([]);
    }
  });
});

describe.each(['elevenlabs', 'tavus', 'retell', 'vapi'] as const)('content: full, of %s', (provider) => {
  const calls = callsOf[provider];

  it('lets out no link and no secret of any scenario, and no prompt without its switch', () => {
    for (const call of calls) {
      const { never, prompts } = privateTexts(call);
      const bytes = bytesOf(call, plainPayload(call), { content: 'full' });
      expect([...never, ...prompts].filter((text) => holds(bytes, text))).toEqual([]);
    }
  });

  it('lets out no link and no secret with the prompt either, but the prompt', () => {
    let prompted = 0;
    for (const call of calls) {
      const { never, prompts } = privateTexts(call);
      const bytes = bytesOf(call, plainPayload(call), { content: 'full', systemPrompt: true });
      expect(never.filter((text) => holds(bytes, text))).toEqual([]);
      prompted += prompts.filter((text) => holds(bytes, text)).length;
    }
    expect(prompted > 0).toBe(provider === 'tavus' || provider === 'vapi');
  });
});

/** As it was said, or as JSON in a text of JSON writes it. */
function holds(bytes: string, text: string): boolean {
  const once = JSON.stringify(text).slice(1, -1);
  return [text, once, JSON.stringify(once).slice(1, -1)].some((form) => bytes.includes(form));
}
