import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Target } from '../../src/http/target.ts';

const api = new Target('https://api.example.com');

describe('what is asked for', () => {
  test('is a path of the API', () => {
    expect(api.resolve('/v1/convai/conversations').href).toBe(
      'https://api.example.com/v1/convai/conversations',
    );
  });

  test('comes after the path of the base URL', () => {
    const behindGateway = new Target('http://localhost:8080/elevenlabs/');
    expect(behindGateway.resolve('/v1/x').href).toBe('http://localhost:8080/elevenlabs/v1/x');
  });

  test('may be a URL that the API itself has given', () => {
    expect(api.resolve(new URL('https://api.example.com/v1/x?cursor=a')).href).toBe(
      'https://api.example.com/v1/x?cursor=a',
    );
  });

  test('has its query encoded; arrays repeat their key, and what is undefined is left out', () => {
    const query = { page_size: 100, cursor: undefined, tool_names: ['a b', 'c&d'], summary: true };
    expect(api.resolve('/v1/x', query).search).toBe(
      '?page_size=100&tool_names=a+b&tool_names=c%26d&summary=true',
    );
  });
});

describe('the key goes nowhere else', () => {
  test.each([
    'https://evil.example/v1/x',
    'http://api.example.com/v1/x',
    'https://api.example.com:8443/v1/x',
    'https://api.example.com@evil.example/',
    'v1/x',
    '',
    'file:///etc/passwd',
  ])('%o is refused', (target) => {
    expect(() => api.resolve(target)).toThrow(
      'Expected a path that begins with "/" or a URL of https://api.example.com',
    );
  });

  test('no path leads out of the origin', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('/evil.example', '\\evil.example', '@evil.example')),
        (path) => {
          expect(api.resolve(`/${path}`).origin).toBe('https://api.example.com');
        },
      ),
    );
  });
});

test.each([
  '',
  'api.example.com',
  'ftp://api.example.com',
  'https://u:p@api.example.com',
  'https://api.example.com?key=k',
])('the base URL %o is refused, without repeating it', (baseUrl) => {
  expect(() => new Target(baseUrl)).toThrow(/^Expected `baseUrl` to [^?@]*$/);
});
