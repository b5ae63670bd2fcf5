import {
  type Call,
  type Provider,
  payloadOf,
  type Shape,
  scenarioNames,
  simulateCall,
} from '../../sandbox/index.ts';
import type { TraceSettings } from '../../src/trace/settings.ts';
import { readElevenLabs } from '../../src/vendors/elevenlabs/payload.ts';
import { translateElevenLabs } from '../../src/vendors/elevenlabs/translate.ts';
import { readRetell } from '../../src/vendors/retell/payload.ts';
import { translateRetell } from '../../src/vendors/retell/translate.ts';
import { readTavus } from '../../src/vendors/tavus/payload.ts';
import { translateTavus } from '../../src/vendors/tavus/translate.ts';
import { readVapi } from '../../src/vendors/vapi/payload.ts';
import { translateVapi } from '../../src/vendors/vapi/translate.ts';
import type { Translated } from '../../src/vendors/vendor.ts';
import { settings } from './settings.ts';

const SHAPES: readonly Shape[] = ['full', 'nulls', 'absent', 'mixed'];
/** A day after the end everything that comes late has come. */
const A_DAY = 86_400e6;

/** Every scenario of a provider in every shape, by as many seeds. */
export function* sandboxCalls(provider: Provider, seeds: number): Generator<Call> {
  for (const scenario of scenarioNames(provider)) {
    // Two hours are 800 turns: once is enough of them.
    for (let seed = 0; seed < (scenario === 'two-hours' ? 1 : seeds); seed++) {
      for (const shape of SHAPES) {
        const startAt = 1_780_000_000_000 + seed * 86_400_123;
        yield simulateCall({ provider, seed, index: seed, startAt, scenario, shape });
      }
    }
  }
}

/** The payload of a call when nothing more will come. */
export function finalPayload(call: Call): unknown {
  const at = call.terminalAt + A_DAY;
  return payloadOf(call, at);
}

/** The two halves of an ElevenLabs response of which a translator has to make the same, or only the one. */
export const ELEVENLABS_ROADS = ['with a trace', 'from the transcript alone'] as const;

/** The payload of a call as it comes down a road. */
export function payloadOn(road: (typeof ELEVENLABS_ROADS)[number], call: Call): unknown {
  const payload = finalPayload(call);
  return road === 'with a trace' ? payload : { ...(payload as object), otlp_traces: null };
}

type Translate = (payload: unknown, id: string, settings: TraceSettings) => Translated | undefined;

const TRANSLATORS: Readonly<Record<Provider, Translate>> = {
  elevenlabs: (payload, id, changed) => translateElevenLabs(readElevenLabs(payload), id, changed),
  tavus: (payload, id, changed) => translateTavus(readTavus(payload), id, changed),
  retell: (payload, id, changed) => translateRetell(readRetell(payload), id, changed),
  vapi: (payload, id, changed) => translateVapi(readVapi(payload), id, changed),
};

export function translatePayload(
  provider: Provider,
  payload: unknown,
  id: string,
  changes: Partial<TraceSettings> = {},
): Translated | undefined {
  return TRANSLATORS[provider](payload, id, settings(changes));
}
