import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { publishedCalls } from '../../sandbox/index.ts';
import { loadVendor, profileOf, profiles, providerOf, registerVendor } from '../../src/vendors/registry.ts';
import { TOY } from './toy/profile.ts';
import { registerToy } from './toy/register.ts';
import { toyCall } from './toy/server.ts';

const SOURCE = fileURLToPath(new URL('../../src/', import.meta.url));

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
}

describe('a vendor’s name', () => {
  const names = new RegExp(
    profiles()
      .flatMap(({ name, title }) => [name, title])
      .join('|'),
    'i',
  );

  test('stands nowhere outside vendors/, in no comment either', () => {
    const outside = files(SOURCE).filter((name) => !name.startsWith('vendors'));
    expect(outside.length).toBeGreaterThan(100);
    expect(outside.filter((name) => names.test(readFileSync(join(SOURCE, name), 'utf8')))).toEqual([]);
  });

  test('and in vendors/ only in its own folder and in the registry', () => {
    for (const { name, title } of profiles()) {
      const own = new RegExp(`${name}|${title}`, 'i');
      const others = files(join(SOURCE, 'vendors')).filter(
        (file) => !file.startsWith(name) && file !== 'registry.ts',
      );
      const naming = others.filter((file) => own.test(readFileSync(join(SOURCE, 'vendors', file), 'utf8')));
      expect({ name, naming }).toEqual({ name, naming: [] });
    }
  });
});

describe('a profile', () => {
  test('is what its vendor says of itself once it is loaded', async () => {
    for (const profile of profiles()) expect((await loadVendor(profile.name)).profile).toBe(profile);
  });

  test('has variables, a header and hosts of its own', () => {
    const all = profiles().flatMap((profile) => [profile.keyVariable, profile.baseUrlVariable]);
    expect(new Set(all).size).toBe(all.length);
    for (const { hosts } of profiles()) {
      for (const host of Object.values(hosts)) expect(new URL(host).protocol).toBe('https:');
    }
  });

  test('is data only: it loads nothing of its vendor', () => {
    for (const { name } of profiles()) {
      const text = readFileSync(join(SOURCE, 'vendors', name, 'profile.ts'), 'utf8');
      expect(text.match(/^import .*$/gm)).toEqual(["import type { Profile } from '../vendor.ts';"]);
    }
  });

  test('of a vendor that nobody knows is none', async () => {
    expect(profileOf('acme')).toBeUndefined();
    await expect(loadVendor('acme')).rejects.toThrow(/^Expected `provider` to be one of .*, got `acme`$/);
  });
});

describe('a vendor that is registered', () => {
  test('is there until it is taken out again, and may come back', () => {
    const before = profiles();
    for (let round = 0; round < 2; round++) {
      const take = registerToy();
      expect(profileOf('toy')).toBe(TOY);
      take();
      take();
      expect(profiles()).toEqual(before);
    }
  });

  test.each<[string, Partial<typeof TOY>]>([
    ['the name of another', { name: 'tavus' }],
    ['the key variable of another', { keyVariable: 'TAVUS_API_KEY' }],
    ['the base URL variable of another', { baseUrlVariable: 'ELEVENLABS_BASE_URL' }],
    ['the settle variable of another', { settle: { variable: 'CALLSPAN_TAVUS_SETTLE', fallback: 0 } }],
    ['a name that is none', { name: 'Toy Vendor' }],
  ])('must not have %s', (_, changes) => {
    const load = () => import('./toy/vendor.ts');
    const before = profiles();
    expect(() => registerVendor({ profile: { ...TOY, ...changes }, load })).toThrow(TypeError);
    expect(profiles()).toEqual(before);
  });
});

describe('whose a payload is', () => {
  test('shows by most of its fields, in its envelope too', () => {
    for (const { provider, body } of publishedCalls()) expect(providerOf(body)).toBe(provider);
    expect(providerOf({ type: 'post_call_transcription', data: { transcript: [], metadata: {} } })).toBe(
      'elevenlabs',
    );
  });

  test('is not decided by one field that it shares with another vendor’s', () => {
    const take = registerToy();
    const body = { ...toyCall('t', 0, 9), transcript: 'words', metadata: {} };
    expect(providerOf(body)).toBe('toy');
    take();
    expect(providerOf(body)).toBe('elevenlabs');
  });

  test.each([undefined, null, 0, '', [], [1], {}, { data: null }])('%j is nobody’s', (body) => {
    expect(providerOf(body)).toBeUndefined();
  });
});
