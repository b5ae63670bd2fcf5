import type { Profile } from '../vendor.ts';

export const TAVUS: Profile = {
  name: 'tavus',
  title: 'Tavus',
  agents: 'replicas',
  keyVariable: 'TAVUS_API_KEY',
  baseUrlVariable: 'TAVUS_BASE_URL',
  keyHeader: 'x-api-key',
  hosts: { global: 'https://tavusapi.com' },
  service: 'tavus-cvi',
  derivesTraceIds: true,
  // Perception answers some minutes after the shutdown, or not at all.
  settle: { variable: 'CALLSPAN_TAVUS_SETTLE', fallback: 300_000 },
  marks: ['events', 'replica_id', 'face_id', 'conversation_name', 'shutdown_reason'],
  webhook: 'token',
};
