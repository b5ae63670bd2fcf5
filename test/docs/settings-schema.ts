// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables stand in settings as they do here.
import { fileSchema, INHERITED, SOURCE } from '../../src/config/schema.ts';
import { profiles } from '../../src/vendors/registry.ts';

/**
 * The JSON Schema of the settings file, for editors: written from the schema that callspan itself reads it by, and from
 * the rules that stand beside it. What no schema can say is left to `callspan config validate`: whether two sources have
 * one name, whether a variable is set, what is in another file.
 */

type Json = { readonly [key: string]: unknown };

/** In any text a variable of the environment may stand, of which nobody knows the value here. */
const REFERENCE = '\\$\\{\\w+\\}';

export function settingsSchema(): Json {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Settings of callspan (CALLSPAN_CONFIG)',
    ...convert(fileSchema),
  };
}

type Parts = { readonly type: string } & Record<string, unknown>;

/** @throws Error for what it does not know: a rule that is passed over would be one that the editor does not have. */
function convert(schema: unknown): Json {
  const parts = schema as Parts;
  const { pipe } = parts as { pipe?: readonly Parts[] };
  if (pipe !== undefined) return piped(pipe);
  switch (parts.type) {
    case 'string':
      // A provider and a region are of a list that is known only when the file is read.
      return { type: 'string' };
    case 'boolean':
      return { type: 'boolean' };
    case 'number':
      return { type: 'number' };
    case 'picklist':
      return choice(parts.options as readonly string[]);
    case 'array':
      return { type: 'array', items: convert(parts.item) };
    case 'union':
      return { anyOf: (parts.options as readonly Parts[]).map(convert) };
    case 'optional':
      return convert(parts.wrapped);
    case 'record':
      return { ...mapping(), additionalProperties: convert(parts.value) };
    case 'strict_object':
      return object(parts.entries as Record<string, Parts>);
    default:
      throw new Error(
        `The schema of the settings has ${parts.type}, and nobody has said what that is in JSON Schema`,
      );
  }
}

function piped(pipe: readonly Parts[]): Json {
  const [first, ...rest] = pipe;
  // What an object has to be before its members are looked at stands in `mapping`.
  if (first?.type === 'custom') return convert(rest[0]);
  let schema = convert(first);
  const patterns: string[] = [];
  for (const { kind, type, requirement } of rest) {
    // Behind it stands what becomes of the text, not what it was.
    if (type === 'transform') break;
    if (type === 'non_empty') schema = { ...schema, [schema.type === 'array' ? 'minItems' : 'minLength']: 1 };
    else if (type === 'regex') patterns.push((requirement as RegExp).source);
    else if (type === 'integer') schema = { ...schema, type: 'integer' };
    else if (type === 'min_value') schema = { ...schema, minimum: requirement };
    else if (type === 'gt_value') schema = { ...schema, exclusiveMinimum: requirement };
    // JSON has no other numbers.
    else if (type === 'finite') continue;
    else if (type === 'check') return checked(requirement);
    else throw new Error(`The schema of the settings has ${kind} ${type}, and nobody has said what that is`);
  }
  return patterns.length === 0
    ? schema
    : orReference({ ...schema, allOf: [...new Set(patterns)].map((pattern) => ({ pattern })) });
}

/** What the two checks of the schema ask for, which look it up when the file is read. */
function checked(requirement: unknown): Json {
  const [provider, region] = [SOURCE.provider, SOURCE.region].map(
    ({ pipe }) => (pipe[1] as { requirement: unknown }).requirement,
  );
  if (requirement === provider) return choice(profiles().map(({ name }) => name));
  if (requirement === region)
    return choice([...new Set(profiles().flatMap(({ hosts }) => Object.keys(hosts)))]);
  throw new Error('The schema of the settings has a check that nobody has written in JSON Schema');
}

function choice(options: readonly string[]): Json {
  return orReference({ enum: options });
}

function orReference(schema: Json): Json {
  return { anyOf: [schema, { type: 'string', pattern: REFERENCE }] };
}

function mapping(): Json {
  return { type: 'object', propertyNames: { not: { enum: INHERITED } } };
}

function object(entries: Record<string, Parts>): Json {
  const required = Object.keys(entries).filter((name) => entries[name]?.type !== 'optional');
  const properties = Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [name, { ...convert(entry), ...described(name) }]),
  );
  return {
    ...{ type: 'object', properties, additionalProperties: false },
    ...(required.length === 0 ? {} : { required }),
    ...('key_command' in entries ? ofSource() : {}),
    ...('client_key' in entries
      ? { dependencies: { client_key: ['client_certificate'], client_certificate: ['client_key'] } }
      : {}),
  };
}

/** One way to the key, and only regions that the vendor has. */
function ofSource(): Json {
  return {
    oneOf: ['key', 'key_file', 'key_command'].map((way) => ({ required: [way] })),
    allOf: profiles().map(({ name, hosts, webhook }) => ({
      if: { properties: { provider: { const: name } }, required: ['provider'] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema has it so.
      then: { properties: { region: choice(Object.keys(hosts)), webhook: trust(webhook) } },
    })),
  };
}

/** What signs is trusted by secrets, what does not by a token. */
function trust(webhook: 'secret' | 'token' | undefined): Json | boolean {
  if (webhook === undefined) return false;
  return { required: [webhook === 'token' ? 'token' : 'secrets'], maxProperties: 1 };
}

/** One or several secrets, none of which stands there itself. */
function references(): Json {
  const reference = { type: 'string', pattern: '^\\$\\{\\w+\\}$' };
  return { anyOf: [reference, { type: 'array', minItems: 1, items: reference }] };
}

const DESCRIPTIONS: Readonly<Record<string, Json>> = {
  agents: { description: 'Only conversations of these agents (pals, personas); all where left out.' },
  base_url: { description: 'Instead of the vendor’s own host: for a proxy, or for tests.' },
  client_certificate: { description: 'The path of a PEM file, for mutual TLS.' },
  client_key: { description: 'The path of a PEM file, for mutual TLS.' },
  certificate: { description: 'The path of a PEM file with the authority to trust.' },
  compression: { description: 'gzip where left out.' },
  protocol: { description: 'How traces are encoded; http/json where left out.' },
  concurrency: { description: 'Conversations under way at a time; 4 where left out.' },
  content: { description: 'Whether what was said is exported; none where left out.' },
  endpoint: { description: 'Base URL of the collector; /v1/traces and /v1/metrics are put behind it.' },
  headers: { description: 'Sent with every request to the collector; take secrets from ${NAME}.' },
  include_system_prompt: { description: 'With content: full, the system prompt too.' },
  key: {
    description: '${NAME} of an environment variable; the key itself must not stand here.',
    pattern: '^\\$\\{\\w+\\}$',
  },
  key_command: { description: 'A shell command that prints the key.' },
  key_file: { description: 'The path of a file that holds the key.' },
  log_level: { description: 'info where left out.' },
  lookback: { description: 'How far back the first start looks; 24h where left out.' },
  max_age: {
    description:
      'The backend drops what is older, though it says that it took it: such a conversation is parked.',
  },
  name: { description: 'callspan.source on every span and number. The ledger knows the source by it.' },
  poll_interval: { description: 'How often lists are asked for; 30s where left out.' },
  provider: { description: 'Whose account it is.' },
  region: { description: 'Of the vendor’s residency regions; global where left out.' },
  requests_per_second: { description: 'Without a limit where left out.' },
  resource: { description: 'Attributes that are added to every conversation’s resource.' },
  retention: {
    description: 'How long delivered conversations are remembered; 90d where left out, 0s for ever.',
  },
  secrets: {
    ...references(),
    description:
      '${NAME} of the variable that holds the secret; several while one takes the place of another.',
  },
  settle: { description: 'How long after a call what comes late is waited for.' },
  sources: { description: 'The accounts.' },
  state: { description: 'The ledger’s file; ./callspan.db where left out.' },
  timeout: { description: 'Of one request to the collector; 10s where left out.' },
  token: {
    ...references(),
    description: '${NAME} of the variable that holds what stands at the end of the path; several likewise.',
  },
  traces_endpoint: { description: 'The whole URL that traces are posted to, instead of endpoint.' },
  webhook: { description: 'What the vendor’s calls to CALLSPAN_WEBHOOKS are trusted by.' },
  zero_retention: {
    description:
      'The vendor keeps nothing of these agents (true: of all): only a webhook brings their conversations.',
  },
};

function described(name: string): Json {
  return DESCRIPTIONS[name] ?? {};
}
