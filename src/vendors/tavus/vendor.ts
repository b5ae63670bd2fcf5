import type { Vendor } from '../vendor.ts';
import { TAVUS_FIELDS } from './known-fields.ts';
import { readTavus } from './payload.ts';
import { TAVUS } from './profile.ts';
import { readPayload } from './read-payload.ts';
import { TavusSource } from './source.ts';
import { tavusWebhook } from './webhook.ts';

export const vendor: Vendor = {
  profile: TAVUS,
  fields: TAVUS_FIELDS,
  source: ({ name, agents, settle }, parts) => new TavusSource({ name, agents, settle, ...parts }),
  read: (body, reading) => readPayload(readTavus(body), reading),
  webhook: tavusWebhook,
};
