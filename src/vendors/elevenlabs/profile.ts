import type { Profile } from '../vendor.ts';

export const ELEVENLABS: Profile = {
  name: 'elevenlabs',
  title: 'ElevenLabs',
  agents: 'agents',
  keyVariable: 'ELEVENLABS_API_KEY',
  baseUrlVariable: 'ELEVENLABS_BASE_URL',
  keyHeader: 'xi-api-key',
  keyNeeds: 'the permission to read conversations (CONVAI_READ)',
  // Residency regions are workspaces of their own, with keys of their own.
  hosts: {
    global: 'https://api.elevenlabs.io',
    us: 'https://api.us.elevenlabs.io',
    eu: 'https://api.eu.residency.elevenlabs.io',
    in: 'https://api.in.residency.elevenlabs.io',
    sg: 'https://api.sg.residency.elevenlabs.io',
  },
  service: 'elevenlabs-convai',
  derivesTraceIds: false,
  marks: ['transcript', 'otlp_traces', 'metadata', 'analysis', 'conversation_initiation_client_data'],
  webhook: 'secret',
  envelope: 'data',
};
