import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../src/config/config.ts';
import { Environment } from '../../src/config/environment.ts';
import { otlpDestination } from '../../src/config/otlp.ts';
import { resourceAttributes } from '../../src/config/resource.ts';
import { makeCertificates } from '../http/certificates.ts';
import { file, KEYS, refusal, SECRET, source } from './settings.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const space = fc.constantFrom('', ' ', '  ');

/** A value as somebody writes it who encodes everything. */
function encoded(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
}

function headers(value: string): Record<string, string> {
  return otlpDestination(new Environment({ OTEL_EXPORTER_OTLP_HEADERS: value })).headers;
}

describe('OTEL_EXPORTER_OTLP_HEADERS', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9!#$&'*+.^_`|~-]{1,12}$/);

  test('are read as they were written: any name, any value that HTTP can carry, spaces around', () => {
    // What HTTP can carry.
    const value = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/);
    fc.assert(
      fc.property(fc.dictionary(name, value, { maxKeys: 5 }), space, (wanted, around) => {
        const written = Object.entries(wanted).map(
          ([key, one]) => `${around}${key}${around}=${around}${encoded(one)}${around}`,
        );
        const expected = Object.entries(wanted).map(([key, one]) => [key.toLowerCase(), one]);
        expect(headers(written.join(','))).toEqual(Object.fromEntries(expected));
      }),
      { examples: [[Object.fromEntries([['__proto__', 'a name like any other']]), '']] },
    );
  });

  test('that are broken are refused without a word of them', () => {
    for (const broken of [
      SECRET,
      `=${SECRET}`,
      `a b=${SECRET}`,
      `a=${SECRET}%`,
      `a=${SECRET}%0a`,
      `a=1,${SECRET}`,
      `ä=${SECRET}`,
    ]) {
      expect(() => headers(broken)).toThrow(ConfigError);
      expect(() => headers(broken)).toThrow(
        /^OTEL_EXPORTER_OTLP_HEADERS: expected name=value pairs separated by commas/,
      );
    }
  });

  test('of any text are read, or refused with one kind of error', () => {
    fc.assert(
      fc.property(fc.string(), (written) => {
        try {
          for (const [key, value] of Object.entries(headers(written))) {
            expect(key).toBe(key.toLowerCase());
            expect(value).not.toMatch(/[\r\n\0]/);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });

  test('may hold an equals sign, a comma that is encoded, and be followed by a comma', () => {
    expect(headers('authorization=Basic YTpi==, x-list=a%2Cb,')).toEqual({
      authorization: 'Basic YTpi==',
      'x-list': 'a,b',
    });
  });

  test('of traces win over the common ones, name by name', async () => {
    const { destination } = await source({
      OTEL_EXPORTER_OTLP_HEADERS: 'X-Tenant=a,authorization=common',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'Authorization=own',
    });
    expect(destination.headers).toEqual({ 'x-tenant': 'a', authorization: 'own' });
  });
});

describe('OTEL_RESOURCE_ATTRIBUTES', () => {
  const read = (value: string) => resourceAttributes(new Environment({ OTEL_RESOURCE_ATTRIBUTES: value }));

  test('are read as they were written: any key without a comma or an equals sign, any value', () => {
    const key = fc
      .string({ minLength: 1, maxLength: 12 })
      .filter((one) => /^[^\s,=]+$/.test(one) && one !== 'service.name');
    fc.assert(
      fc.property(fc.dictionary(key, text, { maxKeys: 5 }), space, (wanted, around) => {
        const written = Object.entries(wanted).map(
          ([one, value]) => `${one}${around}=${around}${encoded(value)}`,
        );
        expect(read(written.join(`${around},`))).toEqual(Object.fromEntries(Object.entries(wanted)));
      }),
    );
  });

  test('of any text are read, or refused with one kind of error', () => {
    fc.assert(
      fc.property(fc.string(), (written) => {
        try {
          expect(Object.keys(read(written))).not.toContain('service.name');
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });

  test('with an empty value keep it; service.name is not the conversations’; a broken list is refused', async () => {
    const { resource } = await source({
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=bridge, team=voice%20ai,note=',
    });
    expect(resource).toEqual({ team: 'voice ai', note: '' });
    expect(await refusal({ ...KEYS, OTEL_RESOURCE_ATTRIBUTES: 'team' })).toBe(
      'OTEL_RESOURCE_ATTRIBUTES: expected key=value pairs separated by commas.',
    );
    expect(await refusal({ ...KEYS, OTEL_RESOURCE_ATTRIBUTES: 'a=100%' })).toMatch(
      /one has a % that encodes nothing/,
    );
  });
});

describe('the endpoint of traces', () => {
  test.each([
    [{}, 'http://localhost:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318' }, 'http://c:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/' }, 'http://c:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/' }, 'https://c/otlp/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/any/path' }, 'https://c/any/path'],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t:1' },
      'http://t:1/',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ' ' },
      'http://localhost:4318/v1/traces',
    ],
  ])('with %o is %s', async (settings: Record<string, string>, url) => {
    expect((await source(settings)).destination.tracesUrl).toBe(url);
  });

  test.each(['localhost:4318', 'grpc://c:4317', 'c', '/v1/traces', 'http://'])(
    '%s is refused',
    async (value) => {
      expect(await refusal({ ...KEYS, OTEL_EXPORTER_OTLP_ENDPOINT: value })).toMatch(
        /^OTEL_EXPORTER_OTLP_ENDPOINT=.*: expected an http:\/\/ or https:\/\/ URL such as http:\/\/localhost:4318\.$/,
      );
    },
  );

  test('with credentials or a query that cannot be used is refused without showing them', async () => {
    expect(await refusal({ ...KEYS, OTEL_EXPORTER_OTLP_ENDPOINT: `https://user:${SECRET}@c` })).toBe(
      'OTEL_EXPORTER_OTLP_ENDPOINT=https://c: put credentials into the headers setting, not into the URL.',
    );
    expect(await refusal({ ...KEYS, OTEL_EXPORTER_OTLP_ENDPOINT: `ftp://c/?token=${SECRET}` })).toContain(
      'ftp://c/?...',
    );
  });
});

describe('what else the exporter is told', () => {
  test('timeout in whole milliseconds, compression, protocol: the form of traces wins', async () => {
    const { destination } = await source({
      OTEL_EXPORTER_OTLP_TIMEOUT: '9000',
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '2500',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: 'NONE',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
    });
    expect(destination).toMatchObject({ timeoutMs: 2_500, compression: 'none', encoding: 'protobuf' });
    expect((await source()).destination).toEqual({
      ...{
        tracesUrl: 'http://localhost:4318/v1/traces',
        headers: {},
        timeoutMs: 10_000,
        compression: 'gzip',
      },
    });
  });

  test.each([
    [
      { OTEL_EXPORTER_OTLP_TIMEOUT: '5s' },
      'OTEL_EXPORTER_OTLP_TIMEOUT=5s: expected a whole number of milliseconds.',
    ],
    [
      { OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '0' },
      'OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=0: expected more than 0 ms.',
    ],
    [
      { OTEL_EXPORTER_OTLP_COMPRESSION: 'zstd' },
      'OTEL_EXPORTER_OTLP_COMPRESSION=zstd: expected gzip or none.',
    ],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL=grpc: callspan sends over HTTP; set it to http/json or http/protobuf and the endpoint to the collector’s HTTP port (4318 by default).',
    ],
    [
      { OTEL_EXPORTER_OTLP_CERTIFICATE: '/no/such.pem' },
      'OTEL_EXPORTER_OTLP_CERTIFICATE=/no/such.pem: expected the path of a PEM file (ENOENT).',
    ],
  ])('%o is refused', async (settings: Record<string, string>, message) => {
    expect(await refusal({ ...KEYS, ...settings })).toBe(message);
  });

  test('certificates are read; one without its key, or that is none, is refused without its content', async () => {
    const { ca, client } = makeCertificates();
    const cert = file('client.pem', client.cert);
    const { destination } = await source({
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_CERTIFICATE: file('ca.pem', ca),
      OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: cert,
      OTEL_EXPORTER_OTLP_CLIENT_KEY: file('client.key', client.key),
    });
    expect(destination.tls).toEqual({ ca, ...client });
    expect(await refusal({ ...KEYS, OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: cert })).toMatch(
      /belong together: set both or none\.$/,
    );
    const none = file('none.pem', `not a certificate ${SECRET}`);
    expect(await refusal({ ...KEYS, OTEL_EXPORTER_OTLP_CERTIFICATE: none })).toContain(
      'expected the path of a PEM file',
    );
    const broken = file('broken.pem', `-----BEGIN CERTIFICATE-----\n${SECRET}\n-----END CERTIFICATE-----\n`);
    expect(await refusal({ ...KEYS, OTEL_EXPORTER_OTLP_CERTIFICATE: broken })).toMatch(
      /^OTEL_EXPORTER_OTLP: Expected the certificate authority/,
    );
  });
});
