import type { KnownFields } from '../vendor.ts';
import { RETELL_KEYS } from './known-keys.ts';
import { END_REASONS } from './reason.ts';

/** What of a Retell payload can be shown to anybody. */
export const RETELL_FIELDS: KnownFields = {
  keys: (name) => RETELL_KEYS.has(name),
  ids: new Set(['call_id', 'agent_id', 'tool_call_id']),
  timing: (field) =>
    /^(?:start_timestamp|end_timestamp|transfer_end_timestamp|event_timestamp|duration_ms|start|end|time_sec|num|num_requests|agent_version|min|max|p50|p90|p95|p99|values|average|total_duration_seconds)$/.test(
      field,
    ),
  enumerations: {
    role: [
      ...['agent', 'user', 'transfer_target', 'tool_call_invocation', 'tool_call_result'],
      ...['node_transition', 'dtmf', 'sms', 'injected'],
    ],
    call_type: ['web_call', 'phone_call'],
    call_status: ['registered', 'not_connected', 'ongoing', 'ended', 'error'],
    direction: ['inbound', 'outbound'],
    disconnection_reason: END_REASONS,
    data_storage_setting: ['everything', 'everything_except_pii', 'basic_attributes_only'],
    user_sentiment: ['Negative', 'Positive', 'Neutral', 'Unknown'],
    transition_type: ['global', 'global_go_back', 'interrupt_go_back', 'normal', 'auto'],
    type: ['function'],
    event: ['call_started', 'call_ended', 'call_analyzed'],
  },
  namedByUser: new Set([
    'metadata',
    'retell_llm_dynamic_variables',
    'collected_dynamic_variables',
    'custom_analysis_data',
    'custom_sip_headers',
  ]),
  spanNames: new Set(),
  vendorSpans: new Set(),
  vendorTools: new Set(),
  spanPrefixes: [],
  attributes: () => false,
  attributeKeys: new Set(),
  attributePrefixes: [],
  form: () => undefined,
};
