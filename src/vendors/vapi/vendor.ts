import type { Vendor } from '../vendor.ts';
import { VAPI_FIELDS } from './known-fields.ts';
import { readVapi } from './payload.ts';
import { VAPI } from './profile.ts';
import { readPayload } from './read-payload.ts';
import { VapiSource } from './source.ts';
import { vapiWebhook } from './webhook.ts';

export const vendor: Vendor = {
  profile: VAPI,
  fields: VAPI_FIELDS,
  source: ({ name, agents, settle }, parts) => new VapiSource({ name, agents, settle, ...parts }),
  read: (body, reading) => readPayload(readVapi(body), reading),
  webhook: vapiWebhook,
};
