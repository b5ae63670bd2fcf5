import * as v from 'valibot';
import { DURATION_FORM, parseDuration } from '../time/duration.ts';
import { profiles } from '../vendors/registry.ts';
import { list } from './environment.ts';

/** What a settings file may hold. Unknown keys are errors: a misspelt `content` must not let anything out. */

const text = v.pipe(v.string('expected text'), v.nonEmpty('expected text that is not empty'));

/** Milliseconds. */
const duration = v.pipe(
  v.string(`expected ${DURATION_FORM}`),
  v.transform((value) => parseDuration(value)),
  v.number(`expected ${DURATION_FORM}`),
);

/** Of which the vendors' patience is the measure. Milliseconds. */
export const SHORTEST_POLL_INTERVAL = 100;

function atLeast(millis: number) {
  return v.pipe(duration, v.minValue(millis, `expected at least ${millis} ms`));
}

const count = v.pipe(
  v.number('expected a whole number of at least 1'),
  v.integer('expected a whole number of at least 1'),
  v.minValue(1, 'expected a whole number of at least 1'),
);

const rate = v.pipe(
  v.number('expected a number greater than 0'),
  v.gtValue(0, 'expected a number greater than 0'),
);

const scalar = v.union([v.string(), v.number(), v.boolean()], 'expected text, a number, true or false');

const content = v.picklist(['none', 'full'], 'expected none or full');

/** Vendors may be added until the file is read, so what there are is looked up only then. */
function isProvider(name: string): boolean {
  return profiles().some((profile) => profile.name === name);
}

function unknownProvider(): string {
  return `expected ${list(profiles().map(({ name }) => name))}`;
}

function isRegion(name: string): boolean {
  return regions().includes(name);
}

function unknownRegion(): string {
  return `expected ${list(regions())}`;
}

function regions(): string[] {
  return [...new Set(profiles().flatMap(({ hosts }) => Object.keys(hosts)))];
}

export const OTLP = {
  endpoint: text,
  traces_endpoint: text,
  headers: v.record(v.string(), v.string('expected text'), 'expected names with values'),
  timeout: atLeast(1),
  compression: v.picklist(['gzip', 'none'], 'expected gzip or none'),
  certificate: text,
  client_certificate: text,
  client_key: text,
};

export const SOURCE = {
  name: v.pipe(
    text,
    v.regex(/^[\w.-]{1,64}$/, 'expected up to 64 letters, digits, dots, hyphens and underscores'),
  ),
  provider: v.pipe(v.string(unknownProvider), v.check(isProvider, unknownProvider)),
  key: text,
  key_file: text,
  key_command: text,
  base_url: text,
  region: v.pipe(v.string(unknownRegion), v.check(isRegion, unknownRegion)),
  agents: v.array(text, 'expected a list of agent, pal or persona ids'),
  requests_per_second: rate,
  concurrency: count,
  content,
  include_system_prompt: v.boolean('expected true or false'),
  settle: duration,
  resource: v.record(v.string(), scalar, 'expected names with values'),
};

export const FILE = {
  state: text,
  poll_interval: atLeast(SHORTEST_POLL_INTERVAL),
  lookback: duration,
  retention: duration,
  log_level: v.picklist(
    ['debug', 'info', 'warn', 'error', 'silent'],
    'expected debug, info, warn, error or silent',
  ),
  content,
  include_system_prompt: v.boolean('expected true or false'),
  settle: duration,
  resource: SOURCE.resource,
};

/** Messages of our own everywhere: those of the library repeat the value, which may be a secret. */
const SETTINGS = 'expected settings with values';

const otlp = v.strictObject(v.partial(v.strictObject(OTLP)).entries, SETTINGS);
const source = v.strictObject(
  {
    ...v.partial(v.strictObject(SOURCE)).entries,
    name: SOURCE.name,
    provider: SOURCE.provider,
    otlp: v.optional(otlp),
  },
  SETTINGS,
);

export const fileSchema = v.strictObject(
  {
    ...v.partial(v.strictObject(FILE)).entries,
    otlp: v.optional(otlp),
    sources: v.pipe(
      v.array(source, 'expected a list of sources'),
      v.nonEmpty('expected at least one source'),
    ),
  },
  SETTINGS,
);

export type SettingsFile = v.InferOutput<typeof fileSchema>;
export type FileSource = SettingsFile['sources'][number];
export type FileOtlp = NonNullable<FileSource['otlp']>;
