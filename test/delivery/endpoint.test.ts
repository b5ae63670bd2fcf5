import { describe, expect, test } from 'vitest';
import type { Destination } from '../../src/delivery/endpoint.ts';
import { createEndpoint } from '../../src/delivery/endpoint.ts';

const plain: Destination = {
  tracesUrl: 'http://localhost:4318/v1/traces',
  headers: {},
  timeoutMs: 10_000,
  compression: 'gzip',
};
const endpointOf = (destination: Partial<Destination>, env = {}) =>
  createEndpoint({ ...plain, ...destination }, 8, env);

test('what may be shown of an endpoint is its origin and path', () => {
  const { place, url } = endpointOf({ tracesUrl: 'https://u:pass-word@c.example/v1/traces?token=secret#x' });
  expect(place).toBe('https://c.example/v1/traces');
  expect(url.href).toBe('https://c.example/v1/traces?token=secret');
});

describe('credentials of the URL', () => {
  test('become an Authorization header', () => {
    const { headers } = endpointOf({ tracesUrl: 'http://user:p%40ss@localhost/v1/traces' });
    expect(headers).toEqual({ authorization: `Basic ${Buffer.from('user:p@ss').toString('base64')}` });
  });

  test('count for less than a configured one', () => {
    const headers = { Authorization: 'Bearer abc' };
    expect(endpointOf({ tracesUrl: 'http://user:pass@localhost/', headers }).headers).toEqual({
      authorization: 'Bearer abc',
    });
  });

  test('are never repeated, in whatever form', () => {
    const { quote } = endpointOf({ tracesUrl: 'http://user:hunter%40222@localhost/?t=query-secret' });
    const basic = Buffer.from('user:hunter@222').toString('base64');
    expect(quote(`hunter@222 ${basic} t=query-secret query-secret`)).toBe(
      '[redacted] [redacted] [redacted] [redacted]',
    );
  });
});

test('the proxy is taken from the environment once', () => {
  const env = { HTTP_PROXY: 'http://user:pw@proxy.example:3128' };
  expect(endpointOf({}, env).proxy?.url.href).toBe('http://proxy.example:3128/');
  expect(endpointOf({}, { ...env, NO_PROXY: 'localhost' })).not.toHaveProperty('proxy');
});

describe('what cannot be posted to is refused, without repeating secrets', () => {
  test.each<[Partial<Destination>, RegExp]>([
    [
      { tracesUrl: 'localhost:4318?key=hunter22' },
      /^Expected the traces URL to be an absolute http or https URL$/,
    ],
    [{ tracesUrl: 'grpc://u:hunter22@localhost:4317' }, /^Expected the traces URL to be an absolute/],
    [{ timeoutMs: 0 }, /^Expected the timeout to be at least 1 ms, got 0$/],
    [{ timeoutMs: Number.NaN }, /^Expected the timeout/],
    [{ headers: { 'x-api-key': 'hunter22\n' } }, /^Expected the value of the header `x-api-key` to be/],
    [{ headers: { 'x api': 'hunter22' } }, /^Expected HTTP header names, got "x api"$/],
  ])('%o', (destination, message) => {
    expect(() => endpointOf(destination)).toThrow(TypeError);
    expect(() => endpointOf(destination)).toThrow(message);
  });
});
