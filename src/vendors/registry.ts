import type { Provider } from '../conversation.ts';
import { asObject } from '../json/reading.ts';
import { ELEVENLABS } from './elevenlabs/profile.ts';
import { RETELL } from './retell/profile.ts';
import { TAVUS } from './tavus/profile.ts';
import { VAPI } from './vapi/profile.ts';
import type { Profile, Vendor } from './vendor.ts';

/** A vendor, of which only the profile is there until something of it is asked for. */
export interface VendorEntry {
  readonly profile: Profile;
  /** Loads the vendor's folder: sources and translators are much code, and help texts need none of it. */
  load(): Promise<{ readonly vendor: Vendor }>;
}

/** Every vendor that callspan knows: another one is a folder and a line here. */
const entries: VendorEntry[] = [
  { profile: ELEVENLABS, load: () => import('./elevenlabs/vendor.ts') },
  { profile: TAVUS, load: () => import('./tavus/vendor.ts') },
  { profile: RETELL, load: () => import('./retell/vendor.ts') },
  { profile: VAPI, load: () => import('./vapi/vendor.ts') },
];

/** What has been asked for once is there from then on. */
const loaded = new WeakMap<VendorEntry, Promise<{ readonly vendor: Vendor }>>();

/**
 * Adds a vendor that lies outside callspan, before settings are read: from then on it is one like the others.
 * @returns takes it out again.
 * @throws TypeError where its name, or a variable of its, is taken or is none.
 *
 * @example
 * registerVendor({ profile: PROFILE, load: () => import('./vendor.ts') });
 */
export function registerVendor(entry: VendorEntry): () => void {
  const { name } = entry.profile;
  const own = variablesOf(entry.profile);
  if (!/^[a-z][a-z0-9_]{0,31}$/.test(name)) {
    throw new TypeError(
      `Expected \`name\` to be a lower-case word of at most 32 characters, got \`${name}\``,
    );
  }
  for (const { profile } of entries) {
    const taken = variablesOf(profile);
    if (profile.name === name || own.some((variable) => taken.includes(variable))) {
      throw new TypeError(
        `The vendor ${name} cannot be added: ${profile.name} has its name or its variables`,
      );
    }
  }
  entries.push(entry);
  return () => {
    const index = entries.indexOf(entry);
    if (index >= 0) entries.splice(index, 1);
  };
}

/** Of all vendors, in the order in which they are told to people. */
export function profiles(): readonly Profile[] {
  return entries.map(({ profile }) => profile);
}

/** @returns undefined where no vendor has this name. */
export function profileOf(provider: Provider): Profile | undefined {
  return entryOf(provider)?.profile;
}

/** @throws TypeError where no vendor has this name. */
export async function loadVendor(provider: Provider): Promise<Vendor> {
  const entry = entryOf(provider);
  if (entry === undefined) {
    const known = profiles().map(({ name }) => name);
    throw new TypeError(`Expected \`provider\` to be one of ${known.join(', ')}, got \`${provider}\``);
  }
  const loading = loaded.get(entry) ?? entry.load();
  loaded.set(entry, loading);
  return (await loading).vendor;
}

/** Whose payload this is, as the API answers it or in its envelope; undefined where it is nobody's. */
export function providerOf(body: unknown): Provider | undefined {
  let best: { readonly name: Provider; readonly marks: number } | undefined;
  for (const { name, marks, envelope } of profiles()) {
    const fields = asObject(body);
    const inside = envelope === undefined ? {} : asObject(fields[envelope]);
    const count = (payload: object) => marks.filter((mark) => mark in payload).length;
    const found = Math.max(count(fields), count(inside));
    if (found > (best?.marks ?? 0)) best = { name, marks: found };
  }
  return best?.name;
}

function entryOf(provider: Provider): VendorEntry | undefined {
  return entries.find(({ profile }) => profile.name === provider);
}

/** Every variable of the environment that is a vendor's own. */
export function variablesOf(profile: Profile): string[] {
  const { keyVariable, baseUrlVariable, settle, webhook } = profile;
  return [
    ...[keyVariable, baseUrlVariable],
    ...(settle === undefined ? [] : [settle.variable]),
    ...(webhook === undefined ? [] : [webhookVariable(profile), zeroRetentionVariable(profile)]),
  ];
}

/** The variable that holds what the vendor's webhooks are trusted by: secrets, or tokens of a path. */
export function webhookVariable({ name, webhook }: Profile): string {
  return `${name.toUpperCase()}_WEBHOOK_${webhook === 'token' ? 'TOKEN' : 'SECRET'}`;
}

/** The variable that says of which agents the vendor keeps nothing. */
export function zeroRetentionVariable({ name }: Profile): string {
  return `${name.toUpperCase()}_ZERO_RETENTION`;
}
