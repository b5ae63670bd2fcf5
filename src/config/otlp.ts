import { readFileSync } from 'node:fs';
import type { Destination, Tls } from '../delivery/endpoint.ts';
import { requestHeaders } from '../http/headers.ts';
import { checkTls } from '../http/tls.ts';
import type { Encoding } from '../trace/encode/span-encoder.ts';
import { type Environment, wrong } from './environment.ts';
import { ConfigError } from './errors.ts';
import type { FileOtlp } from './schema.ts';

/**
 * The standard settings of an OTLP exporter, with the specification's meaning: a signal's own form wins over the
 * common one; a signal's own endpoint is used as it is, the common one gets the signal's path behind it.
 * Source: OpenTelemetry specification, "OpenTelemetry Protocol Exporter".
 */

type Signal = 'TRACES' | 'METRICS';

const DEFAULT_ENDPOINT = 'http://localhost:4318';
const DEFAULT_TIMEOUT_MS = 10_000;

/** Where a signal goes, as the environment says; for metrics `tracesUrl` is the metrics' URL. */
export function otlpDestination(env: Environment, signal: Signal = 'TRACES'): Destination {
  const encoding = readProtocol(env, signal);
  const tls = readTls(env, signal);
  return checked('OTEL_EXPORTER_OTLP', {
    tracesUrl: signalUrl(env, signal),
    headers: readHeaders(env, signal),
    timeoutMs: readTimeout(env, signal),
    compression: readCompression(env, signal),
    ...maxAge(env),
    ...(encoding === 'json' ? {} : { encoding }),
    ...(tls === undefined ? {} : { tls }),
  });
}

/** What the destination drops though it says that it took it. */
function maxAge(env: Environment): Pick<Destination, 'maxAgeMs'> {
  const name = 'CALLSPAN_MAX_AGE';
  return env.text(name) === undefined ? {} : { maxAgeMs: env.duration(name, 0, { least: 1 }) };
}

/** What no single setting shows, before a connection trips over it in the middle of the night. */
function checked(setting: string, destination: Destination): Destination {
  try {
    requestHeaders(destination.headers);
    checkTls(destination.tls);
  } catch (error) {
    // It names the header and what is wrong with the certificates, never what is in them.
    if (error instanceof TypeError) throw new ConfigError(`${setting}: ${error.message}.`);
    throw error;
  }
  return destination;
}

function signalUrl(env: Environment, signal: Signal): string {
  const own = env.first(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`);
  if (own !== undefined) return checkUrl(own.name, own.value).href;
  const common = env.first('OTEL_EXPORTER_OTLP_ENDPOINT');
  return endpointUrl(
    common?.name ?? 'OTEL_EXPORTER_OTLP_ENDPOINT',
    common?.value ?? DEFAULT_ENDPOINT,
    signal,
  );
}

/** `base` with the signal's path behind its own. */
function endpointUrl(setting: string, base: string, signal: Signal): string {
  const url = checkUrl(setting, base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${signal.toLowerCase()}`;
  return url.href;
}

/** @throws ConfigError where `value` is no plain http or https URL. */
export function checkUrl(setting: string, value: string): URL {
  const allowed = 'expected an http:// or https:// URL such as http://localhost:4318';
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    throw wrong(setting, value, allowed);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw wrong(setting, value, allowed);
  if (url.username !== '' || url.password !== '') {
    throw wrong(setting, value, 'put credentials into the headers setting, not into the URL');
  }
  return url;
}

/** JSON where nothing is said: what is sent can then be read on its way. */
function readProtocol(env: Environment, signal: Signal): Encoding {
  const setting = env.first(`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`, 'OTEL_EXPORTER_OTLP_PROTOCOL');
  if (setting === undefined || setting.value === 'http/json') return 'json';
  if (setting.value === 'http/protobuf') return 'protobuf';
  throw wrong(
    setting.name,
    setting.value,
    'callspan sends over HTTP; set it to http/json or http/protobuf and the endpoint to the collector’s HTTP port (4318 by default)',
  );
}

function readHeaders(env: Environment, signal: Signal): Record<string, string> {
  return {
    ...parseHeaders('OTEL_EXPORTER_OTLP_HEADERS', env.secret('OTEL_EXPORTER_OTLP_HEADERS')),
    ...parseHeaders(
      `OTEL_EXPORTER_OTLP_${signal}_HEADERS`,
      env.secret(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`),
    ),
  };
}

/**
 * `key=value,key2=value2`, values percent-encoded, as W3C Baggage; names in lower case.
 * @param setting the variable's name, for the error.
 * @throws ConfigError without any value, which may be a secret.
 */
export function parseHeaders(setting: string, text: string | undefined): Record<string, string> {
  const headers = new Map<string, string>();
  for (const pair of text?.split(',') ?? []) {
    if (pair.trim() === '') continue;
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim().toLowerCase();
    const value = decode(pair.slice(equals + 1).trim());
    if (
      equals < 1 ||
      value === undefined ||
      !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) ||
      /[\r\n\0]/.test(value)
    ) {
      // The value may be a secret, and in a broken list nobody can tell which part is the value.
      throw new ConfigError(
        `${setting}: expected name=value pairs separated by commas, values percent-encoded.`,
      );
    }
    headers.set(name, value);
  }
  return Object.fromEntries(headers);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function readTimeout(env: Environment, signal: Signal): number {
  const setting = env.first(`OTEL_EXPORTER_OTLP_${signal}_TIMEOUT`, 'OTEL_EXPORTER_OTLP_TIMEOUT');
  const millis = env.millis(setting, DEFAULT_TIMEOUT_MS);
  if (setting !== undefined && millis === 0)
    throw wrong(setting.name, setting.value, 'expected more than 0 ms');
  return millis;
}

/** Conversations are text that compresses tenfold, so gzip where nothing is said. */
function readCompression(env: Environment, signal: Signal): 'gzip' | 'none' {
  const setting = env.first(`OTEL_EXPORTER_OTLP_${signal}_COMPRESSION`, 'OTEL_EXPORTER_OTLP_COMPRESSION');
  return setting === undefined ? 'gzip' : env.choice(setting.name, ['gzip', 'none'], 'gzip');
}

function readTls(env: Environment, signal: Signal): Tls | undefined {
  const read = (what: string) => {
    const setting = env.first(`OTEL_EXPORTER_OTLP_${signal}_${what}`, `OTEL_EXPORTER_OTLP_${what}`);
    return setting === undefined ? undefined : readPem(setting.name, setting.value);
  };
  const ca = read('CERTIFICATE');
  const cert = read('CLIENT_CERTIFICATE');
  const key = read('CLIENT_KEY');
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigError(
      'OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY belong together: set both or none.',
    );
  }
  if (ca === undefined && cert === undefined) return undefined;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function readPem(setting: string, file: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw wrong(setting, file, `expected the path of a PEM file (${code})`);
  }
  if (!pem.includes('-----BEGIN ')) throw wrong(setting, file, 'expected the path of a PEM file');
  return pem;
}

/**
 * Where a signal of a source goes: what its own part of the settings file says, else what the file says for all,
 * else the environment. A source that names an endpoint of its own gets none of the others' headers: tenants do not
 * share credentials.
 */
export function fileDestination(
  env: Environment,
  parts: (FileOtlp | undefined)[],
  name: string,
  signal: Signal = 'TRACES',
): Destination {
  const destination = parts.reduce<Destination>(
    (destination, part) => {
      if (part === undefined) return destination;
      const endpoint =
        part.traces_endpoint !== undefined && signal === 'TRACES'
          ? checkUrl(`${name}.otlp.traces_endpoint`, part.traces_endpoint).href
          : part.endpoint !== undefined
            ? endpointUrl(`${name}.otlp.endpoint`, part.endpoint, signal)
            : undefined;
      const tls = fileTls(part, name) ?? (endpoint === undefined ? destination.tls : undefined);
      const { tls: _, maxAgeMs: itsMaxAge, encoding: itsEncoding, ...rest } = destination;
      const encoding = part.protocol === undefined ? itsEncoding : encodingOf(part.protocol);
      // Another endpoint has other limits.
      const maxAgeMs = part.max_age ?? (endpoint === undefined ? itsMaxAge : undefined);
      return {
        ...rest,
        tracesUrl: endpoint ?? destination.tracesUrl,
        headers: {
          ...(endpoint === undefined ? destination.headers : {}),
          ...Object.fromEntries(
            Object.entries(part.headers ?? {}).map(([header, value]) => [header.toLowerCase(), value]),
          ),
        },
        timeoutMs: part.timeout ?? destination.timeoutMs,
        compression: part.compression ?? destination.compression,
        ...(encoding === undefined ? {} : { encoding }),
        ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
        ...(tls === undefined ? {} : { tls }),
      };
    },
    otlpDestination(env, signal),
  );
  return checked(`${name}.otlp`, destination);
}

/** As `otlpDestination` has it: nothing where it is JSON. */
function encodingOf(protocol: NonNullable<FileOtlp['protocol']>): Encoding | undefined {
  return protocol === 'http/protobuf' ? 'protobuf' : undefined;
}

function fileTls(part: FileOtlp, name: string): Tls | undefined {
  const { certificate, client_certificate: clientCertificate, client_key: clientKey } = part;
  if (certificate === undefined && clientCertificate === undefined && clientKey === undefined)
    return undefined;
  return {
    ...(certificate === undefined ? {} : { ca: readPem(`${name}.otlp.certificate`, certificate) }),
    ...(clientCertificate === undefined
      ? {}
      : { cert: readPem(`${name}.otlp.client_certificate`, clientCertificate) }),
    ...(clientKey === undefined ? {} : { key: readPem(`${name}.otlp.client_key`, clientKey) }),
  };
}
