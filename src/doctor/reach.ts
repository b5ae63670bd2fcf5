import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ProxyEnvironment, portOf, proxyFor } from '../http/proxy.ts';
import type { Trouble } from './finding.ts';

/** How long a peer may take to say what it speaks, in milliseconds. A silent one costs this once for each language. */
const PATIENCE = 5_000;

/** How somebody writes another address into the setting that the present one comes from. */
export interface Address {
  readonly url: URL;
  /** The line that sets it to `url`. */
  readonly line: (url: string) => string;
  /** The line that goes back to the default, where there is one. */
  readonly unset?: string | undefined;
  /** What its certificate authority is set by. */
  readonly authority: string;
}

/**
 * Why a place cannot be reached, found out step by step: the proxy, the name, the port, the language spoken there.
 * Nothing that is secret is sent for it.
 * @param reason what the failed request said.
 */
export async function whyUnreachable(
  { url, line, unset, authority }: Address,
  reason: string,
  env: ProxyEnvironment,
): Promise<Trouble> {
  const { hostname, protocol, host } = url;
  const name = hostname.replace(/^\[|\]$/g, '');
  const port = portOf(url);
  const proxy = proxyFor(url, env);
  if (proxy !== undefined) {
    const isOpen = (await resolves(name)) && (await opens(name, port));
    const exceptions = [env.no_proxy ?? env.NO_PROXY, hostname].filter(Boolean).join(',');
    const place = `the proxy ${proxy.url.origin}`;
    return isOpen
      ? {
          said: `${place} is in the way of ${host}, which can be reached without it (${reason})`,
          mend: `export NO_PROXY=${exceptions} no_proxy=${exceptions}`,
        }
      : {
          said: `${place} does not let through to ${host} (${reason})`,
          mend: `export ${protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'}=<a proxy that reaches ${host}>`,
        };
  }
  if (!(await resolves(name))) {
    return {
      said: `the name ${name} does not resolve (${reason})`,
      mend: unset ?? line(url.href.replace(hostname, '<a name that resolves>').replace(/\/$/, '')),
    };
  }
  if (!(await opens(name, port))) return await nobodyListens({ url, line, unset, name }, reason);
  const language = await languageOf(name, port);
  const with_ = (changes: Partial<Pick<URL, 'protocol' | 'port'>>) => line(changed(url, changes));
  if (language === 'grpc') {
    return {
      said: `${host} speaks gRPC, and callspan OTLP over HTTP (${reason})`,
      mend: with_({ port: '4318' }),
    };
  }
  if (protocol === 'https:' && language === 'http') {
    return { said: `${host} speaks plain HTTP, not TLS (${reason})`, mend: with_({ protocol: 'http:' }) };
  }
  if (protocol === 'http:' && language === 'tls') {
    return { said: `${host} speaks TLS, not plain HTTP (${reason})`, mend: with_({ protocol: 'https:' }) };
  }
  if (protocol === 'https:' && /certificate|CERT|issuer|altname/i.test(reason)) {
    return {
      said: `the certificate of ${host} is not trusted (${reason})`,
      mend: `export ${authority}=<the PEM file of its authority>`,
    };
  }
  return {
    said: `${host} takes the connection and does not answer as it should (${reason})`,
    mend: unset ?? line(`${protocol}//<the right host and port>`),
  };
}

async function nobodyListens(
  { url, line, unset, name }: Pick<Address, 'url' | 'line' | 'unset'> & { name: string },
  reason: string,
): Promise<Trouble> {
  const said = `nothing listens on ${url.hostname}:${portOf(url)} (${reason})`;
  if (url.port !== '4318' && url.protocol === 'http:' && (await opens(name, 4318)))
    return { said, mend: line(changed(url, { port: '4318' })) };
  return { said, mend: unset ?? line(`${url.protocol}//<where it listens>`) };
}

function changed(url: URL, changes: Partial<Pick<URL, 'protocol' | 'port'>>): string {
  const other = new URL(url);
  // Before the scheme: a port that is the scheme's own would be forgotten.
  const port = other.port === '' ? String(portOf(url)) : other.port;
  Object.assign(other, changes);
  if (changes.protocol !== undefined && url.port !== '') other.port = port;
  return other.href.replace(/\/$/, '');
}

async function resolves(name: string): Promise<boolean> {
  return await lookup(name).then(
    () => true,
    () => false,
  );
}

/** Whether a connection can be made. */
async function opens(host: string, port: number): Promise<boolean> {
  return (await talk(connect({ host, port }), 'connect', () => true)) ?? false;
}

type Language = 'tls' | 'grpc' | 'http' | 'unknown';

/** An HTTP/2 connection's first words, with empty settings behind them. */
const HTTP2_GREETING = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
/** The kind of the frame that whoever speaks HTTP/2 answers with, and where it stands. */
const SETTINGS = 4;
const KIND_AT = 3;

/** What is spoken on a port. */
async function languageOf(host: string, port: number): Promise<Language> {
  // No certificate is checked, since nothing is said behind it.
  const tls = connectTls({
    host,
    port,
    servername: /^[\d.:]+$/.test(host) ? '' : host,
    rejectUnauthorized: false,
  });
  if (await talk(tls, 'secureConnect', () => true)) return 'tls';
  const greeted = connect({ host, port }, () => greeted.write(HTTP2_GREETING));
  const isFrame = (data?: Buffer) =>
    data !== undefined && data.length > KIND_AT && data[KIND_AT] === SETTINGS;
  if (await talk(greeted, 'data', (data) => isFrame(data) && !data?.toString('latin1').startsWith('HTTP')))
    return 'grpc';
  const asked = connect({ host, port }, () =>
    asked.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`),
  );
  const isHttp = await talk(asked, 'data', (data) => data?.toString('latin1').startsWith('HTTP/1') ?? false);
  return isHttp ? 'http' : 'unknown';
}

/** What `read` makes of the first `event`; undefined where that does not come. */
function talk<Answer>(
  socket: Socket,
  event: 'connect' | 'secureConnect' | 'data',
  read: (data?: Buffer) => Answer,
): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const end = (answer?: Answer) => {
      resolve(answer);
      socket.destroy();
    };
    socket.setTimeout(PATIENCE, () => end());
    socket.on('error', () => end());
    socket.on('close', () => end());
    socket.once(event, (data?: Buffer) => end(read(data)));
  });
}
