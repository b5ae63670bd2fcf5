import * as v from 'valibot';
import { DURATION_FORM, parseDuration } from '../time/duration.ts';
import { profiles } from '../vendors/registry.ts';
import { list } from './environment.ts';

/**
 * What a settings file may hold. Unknown keys are errors: a misspelt `content` must not let anything out. Out of it
 * `npm run generate` makes schema/settings.json for editors, and a test holds that the two accept the same.
 */

const text = v.pipe(v.string('expected text'), v.nonEmpty('expected text that is not empty'));

/** Of no more digits than a few lifetimes take, so that an editor's schema can say the same. */
const DURATION = /^\s*(?:\d{1,12}(?:\.\d+)?(?:ms|s)|\d{1,6}(?:\.\d+)?(?:m|h)|\d{1,4}(?:\.\d+)?d)\s*$/;

/** Milliseconds. */
function durationLike(form: RegExp, otherwise: string) {
  return v.pipe(
    v.string(`expected ${DURATION_FORM}`),
    v.regex(DURATION, `expected ${DURATION_FORM}`),
    v.regex(form, otherwise),
    v.transform((value) => parseDuration(value)),
    v.number(`expected ${DURATION_FORM}`),
  );
}

const duration = durationLike(DURATION, `expected ${DURATION_FORM}`);

/** A millisecond, or a thousandth of something larger. */
const positiveDuration = durationLike(
  /^\s*(?:0*[1-9]\d*(?:\.\d+)?(?:ms|s|m|h|d)|0+\.0{0,2}[1-9]\d*(?:s|m|h|d))\s*$/,
  'expected at least 1 ms',
);

/** Of which the vendors' patience is the measure. Milliseconds. */
export const SHORTEST_POLL_INTERVAL = 100;

/** Three digits of milliseconds, or a tenth of a second and more. */
const pollInterval = durationLike(
  /^\s*(?:0*[1-9]\d{2,}(?:\.\d+)?ms|(?:0*[1-9]\d*(?:\.\d+)?|0+\.[1-9]\d*)(?:s|m|h|d))\s*$/,
  `expected at least ${SHORTEST_POLL_INTERVAL} ms`,
);

const count = v.pipe(
  v.number('expected a whole number of at least 1'),
  v.integer('expected a whole number of at least 1'),
  v.minValue(1, 'expected a whole number of at least 1'),
);

const rate = v.pipe(
  v.number('expected a number greater than 0'),
  v.finite('expected a number greater than 0'),
  v.gtValue(0, 'expected a number greater than 0'),
);

const scalar = v.union(
  [v.string(), v.pipe(v.number(), v.finite()), v.boolean()],
  'expected text, a number, true or false',
);

/** Names with values. A list, or a name that every object has, is none. */
function record<Value extends v.GenericSchema>(value: Value) {
  return v.pipe(v.custom<object>(isMapping, NAMES), v.record(v.string(), value, NAMES));
}

/** Settings with values; those that must be there stand in `required`. */
function settings<Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(v.custom<object>(isMapping, SETTINGS), v.strictObject(entries, SETTINGS));
}

function isMapping(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !INHERITED.some((name) => Object.hasOwn(value, name));
}

/** The library passes over them in silence. */
export const INHERITED: readonly string[] = ['__proto__', 'prototype', 'constructor'];

/** Messages of our own everywhere: those of the library repeat the value, which may be a secret. */
const SETTINGS = 'expected settings with values';
const NAMES = 'expected names with values';

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
  headers: record(v.string('expected text')),
  timeout: positiveDuration,
  compression: v.picklist(['gzip', 'none'], 'expected gzip or none'),
  protocol: v.picklist(['http/json', 'http/protobuf'], 'expected http/json or http/protobuf'),
  max_age: positiveDuration,
  certificate: text,
  client_certificate: text,
  client_key: text,
};

/** One text, or several of which each is taken: while one takes the other's place. */
const texts = v.union(
  [
    v.pipe(
      text,
      v.transform((one) => [one]),
    ),
    v.array(text, 'expected text or a list of texts'),
  ],
  'expected text or a list of texts',
);

export const WEBHOOK = {
  secrets: texts,
  token: texts,
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
  zero_retention: v.union(
    [v.boolean(), v.array(text, 'expected true, false or a list of agent ids')],
    'expected true, false or a list of agent ids',
  ),
  resource: record(scalar),
};

export const FILE = {
  state: text,
  poll_interval: pollInterval,
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

const otlp = settings(v.partial(v.strictObject(OTLP)).entries);
const webhook = settings(v.partial(v.strictObject(WEBHOOK)).entries);
const source = settings({
  ...v.partial(v.strictObject(SOURCE)).entries,
  name: SOURCE.name,
  provider: SOURCE.provider,
  otlp: v.optional(otlp),
  webhook: v.optional(webhook),
});

export const fileSchema = settings({
  ...v.partial(v.strictObject(FILE)).entries,
  otlp: v.optional(otlp),
  sources: v.pipe(v.array(source, 'expected a list of sources'), v.nonEmpty('expected at least one source')),
});

export type SettingsFile = v.InferOutput<typeof fileSchema>;
export type FileSource = SettingsFile['sources'][number];
export type FileOtlp = NonNullable<FileSource['otlp']>;
