import type { Json } from '../../json/reading.ts';
import type { OtlpValue } from '../../trace/otlp.ts';
import type { KnownFields } from '../vendor.ts';
import { isKnownTermination, vendorAttribute } from './attributes.ts';
import { ELEVENLABS_KEYS } from './known-keys.ts';
import { SPAN_KINDS, STATUS_CODES } from './protobuf-json.ts';
import { parsePythonLiteral } from './python-literal.ts';

/** The system tools of ElevenLabs' agents: whether a user was answered may depend on which was called. */
const VENDOR_TOOLS: ReadonlySet<string> = new Set([
  ...['end_call', 'voicemail_detection', 'language_detection', 'skip_turn', 'play_keypad_touch_tone'],
  ...['transfer_to_agent', 'transfer_to_number', 'progress_workflow'],
]);

/** What of an ElevenLabs payload can be shown to anybody. */
export const ELEVENLABS_FIELDS: KnownFields = {
  keys: (name) => ELEVENLABS_KEYS.has(name) || /^convai_[a-z_]+$/.test(name),
  ids: new Set([
    'conversation_id',
    'agent_id',
    'branch_id',
    'version_id',
    'request_id',
    'document_id',
    'chunk_id',
    'used_chunk_ids',
    'workflow_node_id',
    'node_id',
    'trace_id',
    'span_id',
    'parent_span_id',
    'traceId',
    'spanId',
    'parentSpanId',
    'embedding_model',
    'main_language',
  ]),
  timing: (field) =>
    /(?:_secs|_ms|_unix|UnixNano|_unix_nano|^elapsed_time|^turn\.index|\.turn\.index)$/.test(field) ||
    /^elevenlabs\.metric\./.test(field),
  enumerations: {
    role: ['user', 'agent'],
    status: ['initiated', 'in-progress', 'processing', 'done', 'failed'],
    type: [
      ...['client', 'webhook', 'mcp', 'system', 'workflow', 'nested_tools', 'smb'],
      ...['api_integration_webhook', 'api_integration_mcp', 'twilio', 'sip_trunking', 'exotel'],
      ...['post_call_transcription', 'post_call_transcription_otel'],
    ],
    direction: ['inbound', 'outbound'],
    call_successful: ['success', 'failure', 'unknown', 'error'],
    result: ['success', 'failure', 'unknown', 'error'],
    source_medium: ['audio', 'text'],
    environment: ['production'],
    kind: [0, 1, 2, 3, 4, 5, ...SPAN_KINDS],
    // Of spans, and of closed connections.
    code: [0, 1, 2, ...STATUS_CODES, 1000, 1001, 1002, 1005, 1006, 1008, 1011],
  },
  namedByUser: new Set([
    'dynamic_variables',
    'data_collection_results',
    'evaluation_criteria_results',
    'custom_llm_extra_body',
    'model_usage',
  ]),
  spanNames: new Set(['name']),
  vendorSpans: new Set([
    'elevenlabs.convai',
    'elevenlabs.conversation',
    'elevenlabs.recv.user_transcript',
    'elevenlabs.recv.agent_response',
  ]),
  vendorTools: VENDOR_TOOLS,
  spanPrefixes: ['elevenlabs.tool.', 'elevenlabs.recv.', 'elevenlabs.'],
  attributes: (key, value) => {
    const read = inCamelCase(value);
    return key === 'elevenlabs.tool.name'
      ? VENDOR_TOOLS.has(String(read.stringValue))
      : vendorAttribute(key).isAllowed(read);
  },
  attributeKeys: new Set(
    [
      ...['user_id', 'user.text', 'agent.text', 'reasoning_content', 'event.data', 'audio.file_url'],
      ...['telephony.external_number', 'rag.retrieval_query', 'tool.name', 'tool.params', 'tool.result'],
      ...['analysis.transcript_summary', 'analysis.call_summary_title', 'termination_reason'],
    ].map((name) => `elevenlabs.${name}`),
  ),
  attributePrefixes: [
    'elevenlabs.dynamic_variable.',
    'elevenlabs.analysis.data_collection_results.',
    'elevenlabs.',
  ],
  form: (text, blur) => (isKnownTermination(text) ? text : disguiseUsage(text, blur)),
};

/** A value of an attribute, where protobuf's own JSON mapping wrote it too: `int_value` is `intValue`. */
function inCamelCase(value: Json): OtlpValue {
  const entries = Object.entries(value).map(([name, member]) => [
    name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    member,
  ]);
  return Object.fromEntries(entries) as OtlpValue;
}

/** `{'tokens': 2172, 'price': 0.0003258}` with other numbers. */
function disguiseUsage(text: string, blur: (value: number) => number): string | undefined {
  const literal = text.startsWith('{') ? parsePythonLiteral(text) : undefined;
  if (!(literal instanceof Map)) return undefined;
  const members = [...literal].map(([name, value]) =>
    (name === 'tokens' || name === 'price') && typeof value === 'number'
      ? `'${name}': ${blur(value)}`
      : undefined,
  );
  return members.includes(undefined) ? undefined : `{${members.join(', ')}}`;
}
