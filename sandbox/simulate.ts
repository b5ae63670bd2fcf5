import { callId } from './account.ts';
import type { Call, CallSpec, Provider, Shape } from './call.ts';
import { simulateElevenLabs } from './elevenlabs/simulate.ts';
import { Random } from './random.ts';
import { simulateRetell } from './retell/simulate.ts';
import { ELEVENLABS_SCENARIOS } from './scenarios/elevenlabs.ts';
import { RETELL_SCENARIOS } from './scenarios/retell.ts';
import type { Scenario } from './scenarios/scene.ts';
import { TAVUS_SCENARIOS } from './scenarios/tavus.ts';
import { VAPI_SCENARIOS } from './scenarios/vapi.ts';
import { simulateTavus } from './tavus/simulate.ts';
import { simulateVapi } from './vapi/simulate.ts';

const SHAPES: readonly Shape[] = ['full', 'nulls', 'absent', 'mixed'];

/**
 * Plays one call. Pure: the same spec always gives the same call, on every machine.
 * @throws RangeError for a scenario that the provider does not have, or a time before 1970.
 */
export function simulateCall(spec: CallSpec): Call {
  if (!(spec.startAt >= 0))
    throw new RangeError(`startAt must be milliseconds since 1970, not ${spec.startAt}`);
  const random = new Random(spec.seed, 'call', spec.provider, spec.index);
  const id = callId(spec.provider, spec.seed, spec.index);
  const shape = spec.shape ?? random.pick(SHAPES);
  if (spec.provider === 'elevenlabs') {
    return simulateElevenLabs({
      spec,
      id,
      shape,
      random,
      scenario: cast(ELEVENLABS_SCENARIOS, spec, random),
    });
  }
  if (spec.provider === 'retell') {
    return simulateRetell({ spec, id, shape, random, scenario: cast(RETELL_SCENARIOS, spec, random) });
  }
  if (spec.provider === 'vapi') {
    return simulateVapi({ spec, id, shape, random, scenario: cast(VAPI_SCENARIOS, spec, random) });
  }
  return simulateTavus({ spec, id, shape, random, scenario: cast(TAVUS_SCENARIOS, spec, random) });
}

const SCENARIOS: Readonly<Record<Provider, readonly { readonly name: string; readonly summary: string }[]>> =
  {
    elevenlabs: ELEVENLABS_SCENARIOS,
    tavus: TAVUS_SCENARIOS,
    retell: RETELL_SCENARIOS,
    vapi: VAPI_SCENARIOS,
  };

/** The names that `CallSpec.scenario` may have, in the order of the catalogue. */
export function scenarioNames(provider: Provider): string[] {
  return scenariosOf(provider).map((scenario) => scenario.name);
}

/** What is special about each scenario of a provider, by its name. */
export function scenarioSummaries(provider: Provider): Record<string, string> {
  return Object.fromEntries(scenariosOf(provider).map((scenario) => [scenario.name, scenario.summary]));
}

function scenariosOf(provider: Provider): readonly { readonly name: string; readonly summary: string }[] {
  return SCENARIOS[provider];
}

function cast<Scene>(catalogue: readonly Scenario<Scene>[], spec: CallSpec, random: Random): Scenario<Scene> {
  if (spec.scenario === undefined) return random.weighted(catalogue);
  const found = catalogue.find((scenario) => scenario.name === spec.scenario);
  if (found === undefined) throw new RangeError(`There is no scenario ${spec.scenario} of ${spec.provider}`);
  return found;
}
