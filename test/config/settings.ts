import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, ConfigError, loadConfig, type SourceConfig } from '../../src/config/config.ts';

/** No part of any message may hold it. */
export const SECRET = 'k3y-that-nobody-may-see';

export const KEYS = { ELEVENLABS_API_KEY: SECRET };

/** The settings with one ElevenLabs source and what a test adds. */
export async function load(settings: Record<string, string> = {}): Promise<Config> {
  return await loadConfig({ ...KEYS, ...settings });
}

/** The only source of those settings. */
export async function source(settings: Record<string, string> = {}): Promise<SourceConfig> {
  const { sources } = await load(settings);
  const [first] = sources;
  if (first === undefined || sources.length > 1) throw new Error(`There are ${sources.length} sources`);
  return first;
}

/** What the start is refused with: always one line without a secret. */
export async function refusal(settings: Record<string, string>): Promise<string> {
  try {
    await loadConfig(settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (/[\r\n]/.test(error.message)) throw new Error(`More than a line: ${error.message}`);
    if (error.message.includes(SECRET)) throw new Error('A secret in a message');
    return error.message;
  }
  throw new Error('It is accepted');
}

let folder: string | undefined;

/** A file that a setting can name. */
export function file(name: string, text: string): string {
  folder ??= mkdtempSync(join(tmpdir(), 'callspan-test-'));
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Settings that name a settings file of this text. */
export function fileSettings(yaml: string): Record<string, string> {
  return { CALLSPAN_CONFIG: file('callspan.yaml', yaml), KEY: SECRET };
}
