import { Agent, type AgentOptions, type ClientRequest, type ClientRequestArgs } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { portOf } from '../../http/proxy.ts';
import { contentTypes } from '../body.ts';
import type { Endpoint } from '../endpoint.ts';
import { taps } from './tap.ts';
import { openTunnel } from './tunnel.ts';

/** What `ClientRequest` calls on its agent: not in the documentation, but what every agent overrides. */
interface RequestTaker {
  addRequest(request: ClientRequest, options: object): void;
}

const TakingAgent = Agent as unknown as new (options: AgentOptions) => Agent & RequestTaker;

/**
 * The connections of the official exporter to one collector: plain or TLS, direct or through a proxy, which the
 * exporter knows nothing of; and the place where its requests can be watched.
 */
export class CollectorAgent extends TakingAgent {
  /** Read by `ClientRequest`, which refuses a URL of another scheme. */
  readonly protocol: string;
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    super({ keepAlive: true, maxSockets: endpoint.connections });
    this.protocol = endpoint.url.protocol;
    this.#endpoint = endpoint;
  }

  override addRequest(request: ClientRequest, options: object): void {
    // The exporter sends JSON only, and takes no other type of content for an option.
    request.setHeader('content-type', contentTypes[this.#endpoint.encoding]);
    const tap = taps.getStore();
    if (!tap || tap.watch(request)) super.addRequest(request, options);
  }

  override createConnection(
    options: ClientRequestArgs,
    callback: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    const { proxy, timeoutMs, url } = this.#endpoint;
    if (!proxy) return this.#secured(undefined) ?? super.createConnection(options);
    openTunnel(proxy, { host: url.hostname, port: portOf(url) }, timeoutMs).then(
      (socket) => callback(null, this.#secured(socket) ?? socket),
      // The agent's callback takes the error alone; its type asks for a socket as well.
      (error: Error) => (callback as (error: Error) => void)(error),
    );
    return undefined;
  }

  /** TLS to the collector, over `socket` if there is one; `undefined` where the URL is plain http. */
  #secured(socket: Socket | undefined): Socket | undefined {
    const { tls, url } = this.#endpoint;
    if (url.protocol !== 'https:') return undefined;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return connectTls({
      ...tls,
      host,
      port: portOf(url),
      // TLS has no server names for addresses.
      servername: isIP(host) ? '' : host,
      ALPNProtocols: ['http/1.1'],
      ...(socket ? { socket } : {}),
    });
  }
}
