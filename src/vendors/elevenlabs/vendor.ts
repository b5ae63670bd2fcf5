import type { Vendor } from '../vendor.ts';
import { ELEVENLABS_FIELDS } from './known-fields.ts';
import { ELEVENLABS } from './profile.ts';
import { readBody } from './read-body.ts';
import { ElevenLabsSource } from './source.ts';
import { elevenLabsWebhook } from './webhook.ts';

export const vendor: Vendor = {
  profile: ELEVENLABS,
  fields: ELEVENLABS_FIELDS,
  source: ({ name, agents }, parts) => new ElevenLabsSource({ name, agents, ...parts }),
  read: readBody,
  webhook: elevenLabsWebhook,
};
