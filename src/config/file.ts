import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import leven from 'leven';
import * as v from 'valibot';
import { parseDocument } from 'yaml';
import { profileOf } from '../vendors/registry.ts';
import type { Environment } from './environment.ts';
import { ConfigError } from './errors.ts';
import {
  FILE,
  type FileOtlp,
  type FileSource,
  fileSchema,
  OTLP,
  type SettingsFile,
  SOURCE,
  WEBHOOK,
} from './schema.ts';

/** How long a command that prints a key may take, in milliseconds. */
const COMMAND_TIMEOUT_MS = 15_000;

const execute = promisify(execFile);

/**
 * Reads a settings file (`CALLSPAN_CONFIG`). `${NAME}` in any text is replaced by that variable of the environment.
 * @throws ConfigError naming the file and the setting; never the value of one, which may be a secret.
 */
export function readSettingsFile(file: string, env: Environment): SettingsFile {
  return readSettings(file, readRawSettings(file), env);
}

/** What stands in a settings file, unchecked, before any variable of the environment has been put in. */
export function readRawSettings(file: string): unknown {
  return parseYaml(file, readText(file)) ?? {};
}

/** @param file its name, for errors. @throws ConfigError as `readSettingsFile`. */
export function readSettings(file: string, document: unknown, env: Environment): SettingsFile {
  refuseLiteralKeys(file, document);
  const settings = check(file, substitute(document, file, '', env));
  const names = new Set<string>();
  for (const source of settings.sources) {
    const { name } = source;
    if (names.has(name))
      throw new ConfigError(`${file}: two sources are named ${name}; names tell them apart.`);
    names.add(name);
    expectOneKey(source);
    expectRegion(source);
  }
  for (const { name, otlp } of [{ name: 'the file', otlp: settings.otlp }, ...settings.sources])
    expectPair(name, otlp);
  return settings;
}

function expectOneKey({ name, key, key_file: file, key_command: command }: FileSource): void {
  const given = [key, file, command].filter((way) => way !== undefined).length;
  if (given !== 1) throw new ConfigError(`The source ${name} needs one of key, key_file and key_command.`);
}

function expectRegion({ name, provider, region = 'global' }: FileSource): void {
  if (profileOf(provider)?.hosts[region] !== undefined) return;
  throw new ConfigError(
    `The source ${name}: ${provider} has no region ${region}; leave it out or set base_url.`,
  );
}

function expectPair(name: string, otlp: FileOtlp | undefined): void {
  if ((otlp?.client_certificate === undefined) === (otlp?.client_key === undefined)) return;
  throw new ConfigError(`${name}.otlp: client_certificate and client_key belong together: set both or none.`);
}

/**
 * Of a settings file only where the ledger is: whoever looks at it has no key to show. Undefined where it does not say.
 * @throws ConfigError where the file cannot be read.
 */
export function readLedgerPlace(file: string, env: Environment): string | undefined {
  const document = parseYaml(file, readText(file));
  if (typeof document !== 'object' || document === null || !('state' in document)) return undefined;
  return String(substitute(document.state, file, '.state', env));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`CALLSPAN_CONFIG=${file}: the file cannot be read (${errorCode(error)}).`);
  }
}

/** Tells where it is wrong, and not in the words of the parser: those quote the file, and there may be secrets in it. */
function parseYaml(file: string, text: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent', prettyErrors: true });
  const [problem] = document.errors;
  if (problem === undefined) return toValue(file, () => document.toJS());
  const [at] = problem.linePos ?? [];
  const place = at === undefined ? '' : ` at line ${at.line}, column ${at.col}`;
  throw new ConfigError(`${file} is not valid YAML${place} (${problem.code}).`);
}

function toValue(file: string, read: () => unknown): unknown {
  try {
    return read();
  } catch {
    // An alias that leads nowhere, or too many of them.
    throw new ConfigError(`${file} is not valid YAML: an alias in it cannot be resolved.`);
  }
}

function check(file: string, document: unknown): SettingsFile {
  const result = v.safeParse(fileSchema, document);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = (issue.path ?? []).map((item) => item.key);
  const place = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .slice(1);
  const name = String(path.at(-1));
  if (issue.expected === 'never') {
    throw new ConfigError(`${file}: ${place} is no setting${suggestion(name, path) || '.'}`);
  }
  const missing = issue.received === 'undefined' ? 'is missing' : issue.message;
  throw new ConfigError(`${file}: ${place === '' ? 'the file' : place}: ${missing}.`);
}

/** The nearest known name, if one is near. */
function suggestion(name: string, path: readonly unknown[]): string {
  const known =
    path.at(-2) === 'otlp'
      ? Object.keys(OTLP)
      : path.at(-2) === 'webhook'
        ? Object.keys(WEBHOOK)
        : path.length === 1
          ? [...Object.keys(FILE), 'sources', 'otlp']
          : [...Object.keys(SOURCE), 'otlp', 'webhook'];
  const [nearest] = known
    .map((key) => ({ key, distance: leven(name, key) }))
    .sort((one, other) => one.distance - other.distance);
  return nearest && nearest.distance <= Math.max(2, name.length / 3) ? `; did you mean ${nearest.key}?` : '';
}

/** Settings files are committed, mailed and backed up; keys must not be. */
function refuseLiteralKeys(file: string, document: unknown): void {
  for (const { name, key, webhook } of rawSources(document)) {
    const whose = typeof name === 'string' ? name : 'a source';
    if (key !== undefined && key !== null && !isReference(key)) {
      throw new ConfigError(
        `${file}: the key of ${whose} stands in the file; write \${NAME} to take it from the environment, or use key_file or key_command.`,
      );
    }
    const { secrets, token } = { secrets: undefined, token: undefined, ...(webhook as object | undefined) };
    for (const secret of [secrets ?? [], token ?? []].flat()) {
      if (isReference(secret)) continue;
      throw new ConfigError(
        `${file}: what the webhooks of ${whose} are trusted by stands in the file; write \${NAME} to take it from the environment.`,
      );
    }
  }
}

function isReference(value: unknown): boolean {
  return /^\$\{\w+\}$/.test(String(value));
}

/** The sources of a file that has not been checked yet. */
function rawSources(document: unknown): { name?: unknown; key?: unknown; webhook?: unknown }[] {
  if (typeof document !== 'object' || document === null || !('sources' in document)) return [];
  const { sources } = document;
  return Array.isArray(sources)
    ? sources.filter((source) => typeof source === 'object' && source !== null)
    : [];
}

function substitute(value: unknown, file: string, place: string, env: Environment): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const found = env.secret(name);
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

/**
 * The key of a source, from where it is kept.
 * @param stop ends a command that takes its time.
 * @throws ConfigError that names the source and never the key.
 */
export async function readKey(source: FileSource, stop: AbortSignal | undefined): Promise<string> {
  const { name, key, key_file: file, key_command: command } = source;
  if (key !== undefined) return key;
  if (file !== undefined) {
    try {
      return readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new ConfigError(`The source ${name}: its key_file ${file} cannot be read (${errorCode(error)}).`);
    }
  }
  try {
    const options = { timeout: COMMAND_TIMEOUT_MS, ...(stop === undefined ? {} : { signal: stop }) };
    const running = execute('/bin/sh', ['-c', command ?? ''], options);
    // Nobody is there to type anything; and what it complains of may quote a key.
    running.child.stdin?.end();
    return (await running).stdout.trim();
  } catch (error) {
    stop?.throwIfAborted();
    throw new ConfigError(`The source ${name}: its key_command failed (${errorCode(error)}).`);
  }
}

function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown';
  if ('killed' in error && error.killed === true) return `no answer within ${COMMAND_TIMEOUT_MS / 1_000} s`;
  if ('code' in error && error.code != null)
    return typeof error.code === 'number' ? `exit code ${error.code}` : String(error.code);
  return 'unknown';
}
