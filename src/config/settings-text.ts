import type { Destination } from '../delivery/endpoint.ts';
import { writeDuration } from '../time/duration.ts';
import { profileOf } from '../vendors/registry.ts';
import type { Config, SourceConfig } from './config.ts';
import { Environment } from './environment.ts';
import { readRawSettings } from './file.ts';

/** What stands for a secret. */
const HIDDEN = '(hidden)';

/**
 * Settings as they came together, in the form of a settings file: what was set, where, and what was left to its
 * default is all one here. No secret is in it: keys are where they come from, values of headers are hidden.
 */
export function settingsText(config: Config, variables: NodeJS.ProcessEnv): object {
  const { sources, state, pollInterval, lookback, retention, logLevel } = config;
  const keys = keysOf(variables);
  return {
    state: withoutPassword(state),
    poll_interval: writeDuration(pollInterval),
    lookback: writeDuration(lookback),
    retention: writeDuration(retention),
    log_level: logLevel,
    sources: sources.map((source) => sourceText(source, keys.get(source.name))),
  };
}

/** Of a database's address. */
function withoutPassword(state: string): string {
  if (!/^[a-z]+:\/\//.test(state) || !URL.canParse(state)) return state;
  const url = new URL(state);
  if (url.password !== '') url.password = 'hidden';
  return url.href;
}

type Key = Partial<Record<'key' | 'key_file' | 'key_command', string>>;

function sourceText(source: SourceConfig, key: Key | undefined): object {
  const { name, provider, baseUrl, agents, concurrency, requestsPerSecond, content, resource } = source;
  const profile = profileOf(provider);
  const region = Object.entries(profile?.hosts ?? {}).find(([, host]) => host === baseUrl)?.[0];
  return {
    ...{ name, provider },
    ...(key ?? { key: `\${${profile?.keyVariable}}` }),
    ...(region === undefined ? { base_url: baseUrl } : { region }),
    ...(agents.length === 0 ? {} : { agents }),
    ...(requestsPerSecond === undefined ? {} : { requests_per_second: requestsPerSecond }),
    ...{ concurrency, content, include_system_prompt: source.systemPrompt },
    settle: writeDuration(source.settle),
    ...(Object.keys(resource).length === 0 ? {} : { resource }),
    otlp: destinationText(source.destination),
  };
}

function destinationText({
  tracesUrl,
  headers,
  timeoutMs,
  compression,
  encoding,
  maxAgeMs,
}: Destination): object {
  const url = new URL(tracesUrl);
  // A query may be a key.
  if (url.search !== '') url.search = '?hidden';
  const hidden = Object.fromEntries(Object.keys(headers).map((name) => [name, HIDDEN]));
  return {
    traces_endpoint: url.href,
    ...(Object.keys(hidden).length === 0 ? {} : { headers: hidden }),
    timeout: writeDuration(timeoutMs),
    compression,
    ...(encoding === 'protobuf' ? { protocol: 'http/protobuf' } : {}),
    ...(maxAgeMs === undefined ? {} : { max_age: writeDuration(maxAgeMs) }),
  };
}

/** Where the keys of a settings file come from, as they stand there: no variable has been put in. */
function keysOf(variables: NodeJS.ProcessEnv): Map<string, Key> {
  const path = new Environment(variables).text('CALLSPAN_CONFIG');
  if (path === undefined) return new Map();
  // It was read and checked before.
  const { sources } = readRawSettings(path) as { sources: ({ name: string } & Key)[] };
  return new Map(
    sources.map(({ name, key, key_file, key_command }) => [
      name,
      {
        ...(key === undefined ? {} : { key }),
        ...(key_file === undefined ? {} : { key_file }),
        ...(key_command === undefined ? {} : { key_command }),
      },
    ]),
  );
}
