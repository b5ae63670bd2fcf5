import type { Profile } from '../vendor.ts';

export const RETELL: Profile = {
  name: 'retell',
  title: 'Retell',
  agents: 'agents',
  keyVariable: 'RETELL_API_KEY',
  baseUrlVariable: 'RETELL_BASE_URL',
  keyHeader: 'authorization',
  keyPrefix: 'Bearer ',
  hosts: { global: 'https://api.retellai.com' },
  service: 'retell-calls',
  derivesTraceIds: true,
  // The analysis of a call comes some time after its end, or not at all.
  settle: { variable: 'CALLSPAN_RETELL_SETTLE', fallback: 300_000 },
  marks: ['call_id', 'call_status', 'call_type', 'disconnection_reason', 'transcript_with_tool_calls'],
  // With the API key that has the webhook badge.
  webhook: 'secret',
  envelope: 'call',
};
