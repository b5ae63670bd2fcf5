import { describe, expect, it } from 'vitest';
import { toOtlp } from '../../src/trace/span-batch.ts';
import * as elevenlabs from '../vendors/elevenlabs/elevenlabs-payload.ts';
import * as retell from '../vendors/retell/retell-payload.ts';
import * as tavus from '../vendors/tavus/tavus-payload.ts';
import * as vapi from '../vendors/vapi/vapi-payload.ts';

/** What may leave in no mode, and how each of it might try. */
const SECRET = 'configured-secret-4711';
const FORBIDDEN: Readonly<Record<string, string>> = {
  'a signed URL':
    'https://storage.googleapis.com/b/call.mp3?X-Goog-Expires=900&X-Goog-Signature=0123456789abcdef',
  'another signed URL': 'https://b.s3.amazonaws.com/call.wav?X-Amz-Signature=0123456789abcdef',
  'a room': 'https://tavus.daily.co/c0ffee',
  'an API key': 'sk_0123456789abcdef0123456789abcdef0123456789abcdef',
  'a configured secret': SECRET,
};
const URLS = {
  callback_url: 'https://app.example.com/cb-zq7',
  conversation_url: 'https://rooms.example.com/zq7',
};
const WEBHOOK = 'https://hooks.example.com/in-zq7';
const PROMPT = 'Never mention the zq7 discount.';

const modes = [
  { content: 'none', systemPrompt: true },
  { content: 'full', systemPrompt: false },
  { content: 'full', systemPrompt: true },
] as const;

/** What stands before and behind a text in an export; nothing where it is not in it. */
function around(bytes: string, text: string): string {
  const at = bytes.indexOf(text);
  return at < 0 ? '' : bytes.slice(Math.max(0, at - 120), at + text.length + 40);
}

describe.each(modes)('with content: $content and the prompt asked for: $systemPrompt', (mode) => {
  const changes = { ...mode, secrets: [SECRET] };

  function tavusBytes(text: string): string {
    const inside = { text, list: [`see ${text}`], [`key ${text}`]: 1, ...URLS, api_key: text };
    const payload = tavus.conversation(
      [
        { ...tavus.joined(), webhook_url: WEBHOOK },
        tavus.shutdown(60, text),
        tavus.event('application.recording_ready', 61, {
          storage_uri: text,
          [text]: 1,
          inside,
          json: JSON.stringify(inside),
          ...URLS,
        }),
        tavus.event(`application.${text}`, 62),
        tavus.transcript([
          { role: 'system', content: `${PROMPT} ${text}` },
          tavus.user(`Look at ${text}, or ${WEBHOOK}, or ${URLS.callback_url}.`, 5, 1, {
            inference_id: text,
          }),
          tavus.agent(`I see ${text} and ${URLS.conversation_url}`, 7, 1, {
            tool_calls: [tavus.call('c1', text, JSON.stringify(inside)), tavus.call(text)],
          }),
          tavus.answer('c1', JSON.stringify(inside), 8),
        ]),
      ],
      { conversation_name: `A call about ${text}`, persona_id: text, ...URLS },
    );
    return JSON.stringify(toOtlp(tavus.translate(payload, changes).batch));
  }

  function elevenLabsBytes(text: string): string {
    const inside = { text, list: [`see ${text}`], ...URLS, webhook_url: WEBHOOK, 'xi-api-key': text };
    const values = {
      'elevenlabs.environment': text,
      'elevenlabs.agent.text': `I see ${text}`,
      'elevenlabs.audio.file_url': text,
      'elevenlabs.tool.params': JSON.stringify(inside),
      'elevenlabs.dynamic_variable.note': `{'callback_url': '${URLS.callback_url}', 'x': '${text}'}`,
      'elevenlabs.dynamic_variable.conversation_url': URLS.conversation_url,
      [`elevenlabs.dynamic_variable.${text}`]: 1,
      [`elevenlabs.metric.${text}`]: 1,
      list: { arrayValue: { values: [{ stringValue: text }] } },
      map: { kvlistValue: { values: elevenlabs.attributes({ ...URLS, inner: text, [text]: 1 }) } },
    };
    const rows = [
      elevenlabs.row('user', `Look at ${text}.`, 4),
      elevenlabs.row('agent', `I see ${text}.`, 8, {
        producing_llm: text,
        tool_calls: [{ request_id: text, tool_name: text, params_as_json: JSON.stringify(inside) }],
        tool_results: [
          {
            request_id: text,
            tool_name: text,
            result_value: JSON.stringify(inside),
            is_error: true,
            error_type: text,
          },
        ],
        rag_retrieval_info: { chunks: [{ document_id: text }], embedding_model: text, retrieval_query: text },
      }),
    ];
    const more = {
      events: [{ name: text, timeUnixNano: elevenlabs.nano(1), attributes: elevenlabs.attributes(values) }],
      status: { code: 2, message: text },
      traceState: 'x=1',
      extra: inside,
    };
    const spans = [
      elevenlabs.root(60, values, more),
      elevenlabs.turn(0, elevenlabs.USER, [4, 8]),
      elevenlabs.turn(1, elevenlabs.AGENT, [8, 60]),
      elevenlabs.span('t', 'turn1', `elevenlabs.tool.${text}`, [8, 9], values),
    ];
    const payload = elevenlabs.conversation({
      rows,
      spans,
      more: {
        agent_name: text,
        branch_id: text,
        analysis: {
          call_successful: 'success',
          evaluation_criteria_results: { [text]: { criteria_id: text, result: 'success', rationale: text } },
        },
      },
    });
    const withOtlp = JSON.stringify(toOtlp(elevenlabs.translate(payload, changes).batch));
    const without = JSON.stringify(
      toOtlp(elevenlabs.translate({ ...payload, otlp_traces: null }, changes).batch),
    );
    return withOtlp + without;
  }

  /** What a customer has put into whatever holds anything. */
  function insideOf(text: string): Record<string, unknown> {
    return {
      ...{ text, list: [`see ${text}`], [`key ${text}`]: 1, api_key: text },
      ...URLS,
      webhook_url: WEBHOOK,
    };
  }

  function retellBytes(text: string): string {
    const inside = insideOf(text);
    const json = JSON.stringify(inside);
    const rows = [
      { role: 'node_transition', new_node_name: text, new_node_id: text, time_sec: 0.1, ...inside },
      retell.agent(`Hello, see ${text}`, 1, 2),
      retell.user(
        `Look at ${text}, or ${WEBHOOK}, or ${URLS.callback_url}, or ${URLS.conversation_url}.`,
        3,
        4,
      ),
      { ...retell.call('c1', 4.5, text), arguments: json, thought_signature: text },
      { ...retell.result('c1', 5), content: json, successful: false },
      { ...retell.call(text, 5.1), arguments: inside },
      retell.agent(`I see ${text}.`, 6, 7),
      { role: 'dtmf', digit: text, time_sec: 8 },
      { role: 'sms', content: text, time_sec: 9, multimedia: inside },
      { role: 'injected', content: json, time_sec: 10 },
      { role: `a role of ${text}`, content: text },
    ];
    const payload = retell.talk(
      rows,
      { e2e: retell.kind([900]) },
      {
        ...{ agent_id: text, agent_name: text, agent_tag: text, disconnection_reason: text, call_type: text },
        ...{
          metadata: inside,
          retell_llm_dynamic_variables: { note: text },
          collected_dynamic_variables: inside,
        },
        ...{
          access_token: text,
          recording_url: text,
          public_log_url: text,
          transfer_destination: text,
          ...URLS,
        },
        call_cost: { combined_cost: 1, product_costs: [{ product: text, cost: 1 }] },
        call_analysis: {
          call_summary: text,
          user_sentiment: text,
          custom_analysis_data: { ...inside, [text]: text },
        },
      },
    );
    return JSON.stringify(toOtlp(retell.translate(payload, changes).batch));
  }

  function vapiBytes(text: string): string {
    const inside = insideOf(text);
    const json = JSON.stringify(inside);
    const messages = [
      { role: 'system', message: `${PROMPT} ${text}`, time: vapi.ANSWERED, secondsFromStart: 0 },
      vapi.bot(`Hello, see ${text}`, 1, 2, { assistantName: text, assistantId: text }),
      vapi.user(
        `Look at ${text}, or ${WEBHOOK}, or ${URLS.callback_url}, or ${URLS.conversation_url}.`,
        3,
        4,
      ),
      vapi.calls(4.5, vapi.call('c1', text, json), vapi.call(text)),
      vapi.result('c1', 5, json),
      vapi.bot(`I see ${text}.`, 6, 7),
      { role: `a role of ${text}`, message: text },
    ];
    const payload = vapi.talk(
      messages,
      {
        ...{
          assistantId: text,
          assistant: { name: text, server: { url: text, secret: text } },
          squadId: text,
        },
        ...{
          endedReason: text,
          endedMessage: text,
          name: text,
          phoneCallProvider: text,
          type: text,
          metadata: inside,
        },
        ...{ monitor: { listenUrl: text, controlUrl: text }, ...URLS, webhook_url: WEBHOOK },
        costs: [{ type: 'model', model: { model: text }, cost: 1, promptTokens: 5 }],
        analysis: { summary: text, successEvaluation: text, structuredData: inside },
      },
      {
        ...{
          recordingUrl: text,
          logUrl: text,
          presignedRecordingUrl: text,
          variableValues: inside,
          transcript: text,
        },
        assistantActivations: [{ assistantId: text, assistantName: text, assistantVersion: text }],
        structuredOutputs: { [text]: { name: text, result: text } },
        performanceMetrics: { turnLatencies: [vapi.latency(900)] },
      },
    );
    return JSON.stringify(toOtlp(vapi.translate(payload, changes).batch));
  }

  const bytesOf = { tavus: tavusBytes, elevenlabs: elevenLabsBytes, retell: retellBytes, vapi: vapiBytes };
  const roads = Object.entries(bytesOf);

  it.each(Object.entries(FORBIDDEN))('%s leaves nowhere', (_, text) => {
    for (const bytes of roads.map(([, make]) => make(text))) {
      expect(around(bytes, text)).toBe('');
      expect(around(bytes, text.slice(-24))).toBe('');
    }
  });

  it('the URLs of callbacks, webhooks and rooms leave nowhere, though somebody repeats them', () => {
    for (const [provider, make] of roads) {
      for (const url of [URLS.callback_url, URLS.conversation_url, WEBHOOK])
        expect(around(make('nothing'), url), provider).toBe('');
    }
  });

  it('the prompt leaves only where it was asked for', () => {
    for (const make of [tavusBytes, vapiBytes]) {
      expect(make('nothing').includes(PROMPT)).toBe(mode.content === 'full' && mode.systemPrompt);
    }
  });
});
