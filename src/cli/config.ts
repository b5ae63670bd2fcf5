import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { stringify } from 'yaml';
import { ConfigError, loadConfig, type SourceConfig } from '../config/config.ts';
import { settingsText } from '../config/settings-text.ts';
import { EXIT, stopSignal } from './exit.ts';
import { print } from './output.ts';

/** `callspan config validate`: reads the settings as the bridge would, and does nothing with them. */
export async function validate(file: string | undefined): Promise<number> {
  const config = await loadConfig(environmentWith(file), stopSignal());
  const named = config.sources.map(({ name, provider }: SourceConfig) => `${name} (${provider})`).join(', ');
  print(`The settings can be used: ${config.sources.length} sources, ${named}.`);
  return EXIT.ok;
}

/** `callspan config print`: the settings as they come together, as a settings file without any secret. */
export async function printSettings(file: string | undefined): Promise<number> {
  const variables = environmentWith(file);
  const config = await loadConfig(variables, stopSignal());
  process.stdout.write(stringify(settingsText(config, variables)));
  return EXIT.ok;
}

/** `callspan config schema`: the JSON Schema of the settings file, for an editor that does not find the package's. */
export function printSchema(): number {
  const path = createRequire(import.meta.url).resolve('callspan/schema/settings.json');
  process.stdout.write(readFileSync(path, 'utf8'));
  return EXIT.ok;
}

/** @throws ConfigError for a name that is empty. */
function environmentWith(file: string | undefined): NodeJS.ProcessEnv {
  if (file === '') throw new ConfigError('callspan config: expected the path of a settings file.');
  return file === undefined ? process.env : { ...process.env, CALLSPAN_CONFIG: file };
}
