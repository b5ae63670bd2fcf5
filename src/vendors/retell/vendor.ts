import type { Vendor } from '../vendor.ts';
import { RETELL_FIELDS } from './known-fields.ts';
import { readRetell } from './payload.ts';
import { RETELL } from './profile.ts';
import { readPayload } from './read-body.ts';
import { RetellSource } from './source.ts';
import { retellWebhook } from './webhook.ts';

export const vendor: Vendor = {
  profile: RETELL,
  fields: RETELL_FIELDS,
  source: (account, parts) => new RetellSource(account, parts),
  read: (body, reading) => readPayload(readRetell(body), reading),
  webhook: retellWebhook,
};
