import type { Profile } from '../../../src/vendors/vendor.ts';

/** A vendor that exists nowhere but here: what a third one costs, and CONTRIBUTING's example. */
export const TOY: Profile = {
  name: 'toy',
  title: 'Toy',
  agents: 'bots',
  keyVariable: 'TOY_API_KEY',
  baseUrlVariable: 'TOY_BASE_URL',
  keyHeader: 'x-toy-key',
  hosts: { global: 'https://api.toy.example', moon: 'https://moon.toy.example' },
  service: 'toy-calls',
  derivesTraceIds: true,
  settle: { variable: 'CALLSPAN_TOY_SETTLE', fallback: 1_000 },
  marks: ['toy_version', 'lines', 'bot'],
};
