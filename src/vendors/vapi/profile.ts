import type { Profile } from '../vendor.ts';

export const VAPI: Profile = {
  name: 'vapi',
  title: 'Vapi',
  agents: 'assistants',
  keyVariable: 'VAPI_API_KEY',
  baseUrlVariable: 'VAPI_BASE_URL',
  keyHeader: 'authorization',
  keyPrefix: 'Bearer ',
  hosts: { global: 'https://api.vapi.ai' },
  service: 'vapi-calls',
  derivesTraceIds: true,
  // Analysis and cost come after the end, where there is an analysis at all.
  settle: { variable: 'CALLSPAN_VAPI_SETTLE', fallback: 300_000 },
  // Pay as you go: longer ones are a matter of contract.
  retention: 14 * 86_400_000,
  marks: ['artifact', 'endedReason', 'assistantId', 'orgId', 'costBreakdown', 'phoneCallProvider'],
  webhook: 'secret',
  envelope: 'message',
};
