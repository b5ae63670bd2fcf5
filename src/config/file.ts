import { execFileSync, type StdioOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import leven from 'leven';
import * as v from 'valibot';
import { parse } from 'yaml';
import type { Environment } from './environment.ts';
import { ConfigError } from './errors.ts';
import { FILE, type FileSource, fileSchema, OTLP, type SettingsFile, SOURCE } from './schema.ts';

/** How long a command that prints a key may take, in milliseconds. */
const COMMAND_TIMEOUT_MS = 15_000;
/** Its output is the key; what it complains of may quote one. */
const SILENT: StdioOptions = ['ignore', 'pipe', 'ignore'];

/**
 * Reads a settings file (`CALLSPAN_CONFIG`). `${NAME}` in any text is replaced by that variable of the environment.
 * @throws ConfigError naming the file and the setting; never the value of one, which may be a secret.
 */
export function readSettingsFile(file: string, env: Environment): SettingsFile {
  const settings = check(file, parseYaml(file, readText(file)));
  const names = new Set<string>();
  for (const { name } of settings.sources) {
    if (names.has(name))
      throw new ConfigError(`${file}: two sources are named ${name}; names tell them apart.`);
    names.add(name);
  }
  for (const source of settings.sources) refuseLiteralKey(file, source);
  return substitute(settings, file, '', env) as SettingsFile;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`CALLSPAN_CONFIG=${file}: the file cannot be read (${errorCode(error)}).`);
  }
}

function parseYaml(file: string, text: string): unknown {
  try {
    return parse(text, { prettyErrors: true });
  } catch (error) {
    // Only its first line: the rest quotes the file, and there may be secrets in it.
    const [problem] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ConfigError(`${file} is not valid YAML: ${problem}`);
  }
}

function check(file: string, document: unknown): SettingsFile {
  const result = v.safeParse(fileSchema, document ?? {});
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = (issue.path ?? []).map((item) => item.key);
  const place = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .slice(1);
  const name = String(path.at(-1));
  if (issue.expected === 'never') {
    throw new ConfigError(`${file}: ${place} is no setting${suggestion(name, path.length)}.`);
  }
  const missing = issue.received === 'undefined' ? 'is missing' : issue.message;
  throw new ConfigError(`${file}: ${place === '' ? 'the file' : place}: ${missing}.`);
}

/** The nearest known name, if one is near. */
function suggestion(name: string, depth: number): string {
  const known =
    depth === 1
      ? [...Object.keys(FILE), 'sources', 'otlp']
      : [...Object.keys(SOURCE), 'otlp', ...Object.keys(OTLP)];
  const [nearest] = known
    .map((key) => ({ key, distance: leven(name, key) }))
    .sort((one, other) => one.distance - other.distance);
  return nearest && nearest.distance <= Math.max(2, name.length / 3) ? `; did you mean ${nearest.key}?` : '';
}

/** Settings files are committed, mailed and backed up; keys must not be. */
function refuseLiteralKey(file: string, { name, key }: FileSource): void {
  if (key === undefined || /^\$\{\w+\}$/.test(key)) return;
  throw new ConfigError(
    `${file}: the key of ${name} stands in the file; write \${NAME} to take it from the environment, or use key_file or key_command.`,
  );
}

function substitute(value: unknown, file: string, place: string, env: Environment): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const found = env.text(name);
      if (found === undefined)
        throw new ConfigError(`${file}: ${place.slice(1)} refers to ${name}, which is not set.`);
      return found;
    });
  }
  if (Array.isArray(value))
    return value.map((member, index) => substitute(member, file, `${place}[${index}]`, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, substitute(member, file, `${place}.${key}`, env)]),
  );
}

/** The key of a source, from where it is kept. @throws ConfigError that names the source and never the key. */
export function readKey({ name, key, key_file: file, key_command: command }: FileSource): string {
  const given = [key, file, command].filter((way) => way !== undefined).length;
  if (given !== 1) throw new ConfigError(`The source ${name} needs one of key, key_file and key_command.`);
  if (key !== undefined) return key;
  if (file !== undefined) {
    try {
      return readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new ConfigError(`The source ${name}: its key_file ${file} cannot be read (${errorCode(error)}).`);
    }
  }
  try {
    const shell = ['-c', command ?? ''];
    return execFileSync('/bin/sh', shell, {
      encoding: 'utf8',
      timeout: COMMAND_TIMEOUT_MS,
      stdio: SILENT,
    }).trim();
  } catch (error) {
    throw new ConfigError(`The source ${name}: its key_command failed (${errorCode(error)}).`);
  }
}

function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('code' in error && error.code != null) return String(error.code);
  return 'status' in error && error.status != null ? `exit code ${error.status}` : 'unknown';
}
