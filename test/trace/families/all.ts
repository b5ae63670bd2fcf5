import { ELEVENLABS_ROWS } from './elevenlabs-rows.ts';
import { ELEVENLABS_SPANS } from './elevenlabs-spans.ts';
import { ELEVENLABS_TEXTS } from './elevenlabs-texts.ts';
import type { Families, Family } from './family.ts';
import { RETELL_FAMILIES } from './retell.ts';
import { TAVUS_FAMILIES } from './tavus.ts';
import { VAPI_FAMILIES } from './vapi.ts';

const BY_PROVIDER: Readonly<Record<Family['provider'], Families>> = {
  elevenlabs: [...ELEVENLABS_SPANS, ...ELEVENLABS_ROWS, ...ELEVENLABS_TEXTS],
  tavus: TAVUS_FAMILIES,
  retell: RETELL_FAMILIES,
  vapi: VAPI_FAMILIES,
};

export const FAMILIES: readonly Family[] = Object.entries(BY_PROVIDER).flatMap(([provider, families]) =>
  families.map((family) => ({ ...family, provider: provider as Family['provider'] })),
);
