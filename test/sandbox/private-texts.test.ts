import { describe, expect, it } from 'vitest';
import {
  type Call,
  type Provider,
  payloadOf,
  privateTexts,
  scenarioNames,
  simulateCall,
} from '../../sandbox/index.ts';

const START = Date.UTC(2026, 10, 20, 12);

/** Scenarios of which no words are kept. */
const UNKEPT = ['transcript-never', 'nothing-kept', 'zero-retention'];

/** How the secrets begin that a vendor's payloads have. */
const SECRETS: Readonly<Record<Provider, readonly string[]>> = {
  elevenlabs: ['Bearer ', 'X-Goog-Signa'],
  tavus: ['https://tavu', 'https://hook', 'X-Goog-Signa'],
  retell: ['+4420', 'SPRING-40', 'X-Goog-Signa', 'eyJhbGciOiJI', 'https://call'],
  vapi: ['X-Goog-Signa', 'https://hook', 'https://phon', 'srv_7afae685', 'wss://phone-'],
};

function payload(call: Call): string {
  const at = call.terminalAt + 86_400_000_000;
  return JSON.stringify(payloadOf(call, at));
}

/** A text as it stands inside JSON, or inside JSON that is a string in JSON. */
function occurs(text: string, inside: string): boolean {
  const once = JSON.stringify(text).slice(1, -1);
  const twice = JSON.stringify(once).slice(1, -1);
  return inside.includes(once) || inside.includes(twice);
}

describe('private texts', () => {
  it.each<Provider>(['elevenlabs', 'tavus', 'retell', 'vapi'])(
    'of %s stand in the payloads, so that looking for them means something',
    (provider) => {
      const met = { never: new Set<string>(), content: 0, prompts: 0 };
      for (const scenario of scenarioNames(provider)) {
        for (const index of [1, 2, 3]) {
          const call = simulateCall({ provider, seed: 81, index, startAt: START, scenario, shape: 'full' });
          if (call.fate !== 'exported' || UNKEPT.includes(scenario)) continue;
          const text = payload(call);
          const told = privateTexts(call);
          for (const secret of told.never)
            if (text.includes(secret))
              met.never.add(secret.startsWith('+') ? secret.slice(0, 5) : secret.slice(0, 12));
          for (const words of told.content.filter((each) => call.turns.some((turn) => turn.text === each))) {
            expect(occurs(words, text), `${scenario}: ${words}`).toBe(true);
            met.content += 1;
          }
          met.prompts += told.prompts.filter((each) => occurs(each, text)).length;
        }
      }
      expect(met.content).toBeGreaterThan(200);
      if (provider === 'tavus') expect(met.prompts).toBeGreaterThan(50);
      expect([...met.never].sort()).toEqual(SECRETS[provider].toSorted());
    },
  );
});
