import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { type ProxyServer, portOf } from '../../http/proxy.ts';

/** The proxy did not open a tunnel. */
class TunnelError extends Error {
  override readonly name = 'TunnelError';
}

/**
 * A connection to the target through the proxy, by CONNECT, also for plain http: like undici's `ProxyAgent`, so that
 * both transports pass the same proxies.
 *
 * @param target `host` as in a URL, with brackets around an IPv6 address.
 * @param timeoutMs longest silence of the proxy.
 */
export function openTunnel(
  proxy: ProxyServer,
  target: { readonly host: string; readonly port: number },
  timeoutMs: number,
): Promise<Socket> {
  const { url, authorization } = proxy;
  const authority = `${target.host}:${target.port}`;
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send({
      method: 'CONNECT',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: portOf(url),
      path: authority,
      headers: { host: authority, ...(authorization ? { 'proxy-authorization': authorization } : {}) },
      agent: false,
      timeout: timeoutMs,
    });
    request.once('connect', (response, socket: Socket, head: Buffer) => {
      if (response.statusCode === 200) {
        socket.setTimeout(0);
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(new TunnelError(`the proxy ${url.host} answered ${response.statusCode} to CONNECT`));
    });
    request.once('timeout', () => {
      request.destroy(new TunnelError(`the proxy ${url.host} did not answer within ${timeoutMs} ms`));
    });
    request.once('error', reject);
    request.end();
  });
}
