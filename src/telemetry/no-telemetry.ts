import type { Telemetry } from './telemetry.ts';
import { UNTOLD } from './work.ts';

const nothing = () => undefined;

/** For whoever carries conversations without anybody listening. */
export const NO_TELEMETRY: Telemetry = {
  url: undefined,
  vendorResponse: nothing,
  vendorError: nothing,
  delivery: nothing,
  drift: nothing,
  carried: nothing,
  ledgerAway: nothing,
  polled: nothing,
  collectorAway: nothing,
  collectorBack: nothing,
  collectorDoubted: nothing,
  webhook: nothing,
  webhooksTrouble: nothing,
  webhookDisabled: nothing,
  poll: () => UNTOLD,
  carry: () => UNTOLD,
  run: async () => undefined,
  close: async () => undefined,
};
