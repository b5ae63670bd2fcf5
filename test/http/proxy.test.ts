import fc from 'fast-check';
import { EnvHttpProxyAgent } from 'undici';
import { describe, expect, test } from 'vitest';
import { type ProxyEnvironment, proxyFor } from '../../src/http/proxy.ts';

const collector = new URL('http://collector.example:4318/v1/traces');
const secure = new URL('https://collector.example/v1/traces');
const hrefs = (env: ProxyEnvironment) => [collector, secure].map((url) => proxyFor(url, env)?.url.href);

describe('the proxy of the environment', () => {
  test('is the one for the scheme; https falls back to the one for http', () => {
    expect(hrefs({})).toEqual([undefined, undefined]);
    expect(hrefs({ HTTP_PROXY: 'http://a:1', HTTPS_PROXY: 'https://b:2' })).toEqual([
      'http://a:1/',
      'https://b:2/',
    ]);
    expect(hrefs({ HTTP_PROXY: 'http://a:1' })).toEqual(['http://a:1/', 'http://a:1/']);
    expect(hrefs({ https_proxy: 'http://b:2' })).toEqual([undefined, 'http://b:2/']);
  });

  test('is read from the lower-case variable first, even if that is empty', () => {
    expect(hrefs({ http_proxy: 'http://low:1', HTTP_PROXY: 'http://up:1' })).toEqual([
      'http://low:1/',
      'http://low:1/',
    ]);
    expect(hrefs({ http_proxy: '', HTTP_PROXY: 'http://up:1' })).toEqual([undefined, undefined]);
  });

  test('may come without a scheme', () => {
    expect(proxyFor(collector, { HTTP_PROXY: 'proxy.example:3128' })?.url.href).toBe(
      'http://proxy.example:3128/',
    );
  });

  test('keeps its credentials apart from its URL', () => {
    const proxy = proxyFor(collector, { HTTP_PROXY: 'http://user:p%40ss@proxy.example:3128' });
    expect(proxy?.url.href).toBe('http://proxy.example:3128/');
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(proxyFor(collector, { HTTP_PROXY: 'http://user:100%@proxy.example' })?.authorization).toBe(
      `Basic ${Buffer.from('user:100%').toString('base64')}`,
    );
  });

  test.each(['socks5://user:secret@proxy:1080', 'http://user:secret@[bad'])(
    '%o is refused, not repeated',
    (value) => {
      expect(() => proxyFor(collector, { HTTP_PROXY: value })).toThrow(
        /^Expected HTTP_PROXY and HTTPS_PROXY to be URLs like http:\/\/proxy.example:3128$/,
      );
    },
  );
});

describe('NO_PROXY', () => {
  /** Which way undici's own agent goes: its factory is asked with the proxy's URI, or without. */
  async function undiciGoesDirect(url: URL, noProxy: string): Promise<boolean> {
    let direct: boolean | undefined;
    const agent = new EnvHttpProxyAgent({
      httpProxy: 'http://proxy.example:3128',
      noProxy,
      factory: (_, options) => {
        direct = !('uri' in options);
        throw new Error('only to see the way');
      },
    });
    const { origin } = url;
    await expect(agent.request({ origin, path: '/', method: 'GET' })).rejects.toThrow('only to see the way');
    await agent.destroy();
    return direct ?? expect.fail('undici asked for no connection');
  }

  const goesDirect = (url: URL, noProxy: string) =>
    proxyFor(url, { HTTP_PROXY: 'http://proxy.example:3128', NO_PROXY: noProxy }) === undefined;

  test.each([
    ['http://collector.example', 'collector.example', true],
    ['http://eu.collector.example', 'collector.example', true],
    ['http://eu.collector.example', '.collector.example', true],
    ['http://eu.collector.example', '*.collector.example', true],
    ['http://mycollector.example', 'collector.example', false],
    ['http://collector.example:4318', 'collector.example:4318', true],
    ['http://collector.example:4318', 'collector.example:4317', false],
    ['https://collector.example', 'collector.example:443', true],
    ['http://collector.example', 'other.example, COLLECTOR.example', true],
    ['http://collector.example', 'other.example collector.example', true],
    ['http://127.0.0.1:4318', '127.0.0.1', true],
    ['http://[::1]:4318', '[::1]', true],
    ['http://collector.example', '*', true],
    ['http://collector.example', '*,other', false],
    ['http://collector.example', '', false],
  ])('%s with NO_PROXY=%o goes direct: %s, as with undici', async (href, noProxy, direct) => {
    expect(goesDirect(new URL(href), noProxy)).toBe(direct);
    expect(await undiciGoesDirect(new URL(href), noProxy)).toBe(direct);
  });

  test('is read as undici reads it', async () => {
    const name = fc.constantFrom('a.example', 'b.a.example', 'ab.example', '10.0.0.1', '[::1]', 'localhost');
    const port = fc.constantFrom('', ':80', ':443', ':4318', ':0');
    const entry = fc.tuple(fc.constantFrom('', '.', '*.', '*'), name, port).map((parts) => parts.join(''));
    const list = fc
      .tuple(fc.array(entry, { maxLength: 3 }), fc.constantFrom(',', ' ', ', '))
      .map(([e, s]) => e.join(s));
    const target = fc
      .tuple(fc.constantFrom('http', 'https'), name, fc.constantFrom('', ':80', ':443', ':4318'))
      .map(([scheme, host, suffix]) => new URL(`${scheme}://${host}${suffix}`));
    await fc.assert(
      fc.asyncProperty(target, list, async (url, noProxy) => {
        expect(goesDirect(url, noProxy)).toBe(await undiciGoesDirect(url, noProxy));
      }),
    );
  });
});
