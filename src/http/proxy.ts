/** A proxy to go through, without the credentials that its URL may have held. */
export interface ProxyServer {
  readonly url: URL;
  /** Value of `Proxy-Authorization`: secret. */
  readonly authorization?: string;
}

export type ProxyEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for `target`: `http_proxy`, `https_proxy`, `no_proxy` and their upper-case
 * forms, with the rules of undici's `EnvHttpProxyAgent` (lower case first; https falls back to the http proxy;
 * an entry of NO_PROXY covers its subdomains and may have a port; `*` is everything). They are spelled out here
 * because not everything goes through undici, and all of it has to go the same way.
 *
 * @returns `undefined` for a direct connection.
 * @throws TypeError if the variable is no http or https URL; without its value, which may hold a password.
 */
export function proxyFor(target: URL, env: ProxyEnvironment = process.env): ProxyServer | undefined {
  if (excluded(target, env.no_proxy ?? env.NO_PROXY ?? '')) return undefined;
  const http = env.http_proxy ?? env.HTTP_PROXY;
  const https = env.https_proxy ?? env.HTTPS_PROXY;
  const value = target.protocol === 'https:' ? https || http : http;
  if (!value) return undefined;
  const spelled = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(spelled) ? new URL(spelled) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new TypeError('Expected HTTP_PROXY and HTTPS_PROXY to be URLs like http://proxy.example:3128');
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (username === '' && password === '') return { url };
  return { url, authorization: basicAuthorization(username, password) };
}

/** The `Basic` credentials of a URL, whose user information is percent-encoded. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${percentDecoded(username)}:${percentDecoded(password)}`).toString('base64')}`;
}

/** Undoes percent-encoding; a text with a bare % in it is taken as it stands. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The port of a URL, also where it is the scheme's own. */
export function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
}

function excluded(target: URL, noProxy: string): boolean {
  if (noProxy === '*') return true;
  const host = target.hostname.toLowerCase();
  const port = portOf(target);
  return noProxy.split(/[,\s]+/).some((entry) => {
    const parsed = /^(.+):(\d+)$/.exec(entry);
    const name = (parsed?.[1] ?? entry).replace(/^\*?\./, '').toLowerCase();
    if (name === '' || (parsed && Number(parsed[2]) !== 0 && Number(parsed[2]) !== port)) return false;
    return host === name || host.endsWith(`.${name}`);
  });
}
