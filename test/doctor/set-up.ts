import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect, createServer as createNetServer, type Server } from 'node:net';
import { onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Finding } from '../../src/doctor/finding.ts';

export type Settings = Record<string, string>;

/**
 * Does what an advice says, as its reader would: lines of a shell are run by one, lines of a settings file are written
 * there.
 * @param known what the reader knows and callspan cannot: it stands for what is between `<` and `>`.
 * @returns the environment afterwards.
 */
export function follow({ mend = '' }: Finding, settings: Settings, known: string | undefined): Settings {
  const line = mend.replace(/<[^>]+>/g, known ?? 'nobody said');
  const path = settings.CALLSPAN_CONFIG;
  const written = /^(\w+): *(.*?) *# (?:instead of (\S+)|(.*))$/.exec(line);
  if (path !== undefined && written !== null) {
    const [, key = '', value = '', wrong, place = ''] = written;
    const [text, old] = [readFileSync(path, 'utf8'), new RegExp(`name: ${wrong}\\b`)];
    if (wrong === undefined) write(path, key, value, place);
    else if (key === 'name') writeFileSync(path, text.replace(old, `name: ${value}`));
    else writeFileSync(path, readFileSync(path, 'utf8').replace(new RegExp(`\\b${wrong}:`), `${key}:`));
    return settings;
  }
  const removed = /^delete the source ([\w.-]+)/.exec(line)?.[1];
  if (path !== undefined && removed !== undefined) {
    const file = parse(readFileSync(path, 'utf8'));
    file.sources = file.sources.filter(({ name }: { name: string }) => name !== removed);
    writeFileSync(path, stringify(file));
    return settings;
  }
  const after = execFileSync('/bin/sh', ['-c', `${line}\nenv -0`], {
    env: { PATH: process.env.PATH, ...settings },
    encoding: 'utf8',
  });
  const variables = after.split('\0').flatMap((pair) => {
    const equals = pair.indexOf('=');
    return equals < 1 ? [] : [[pair.slice(0, equals), pair.slice(equals + 1)] as const];
  });
  return Object.fromEntries(
    variables.filter(([name]) => !['PATH', 'PWD', 'OLDPWD', 'SHLVL', '_'].includes(name)),
  );
}

function write(path: string, key: string, value: string, place: string): void {
  const file = parse(readFileSync(path, 'utf8'));
  const source = /of the source ([\w.-]+)/.exec(place)?.[1];
  const owner =
    source === undefined ? file : file.sources.find(({ name }: { name: string }) => name === source);
  const part = place.startsWith('of otlp') ? owner.otlp : owner;
  part[key] = parse(value);
  writeFileSync(path, stringify(file));
}

/** A server that answers everybody the same. @returns its base URL. */
export async function answering(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  return `http://127.0.0.1:${await listening(server, '127.0.0.1')}`;
}

/** Loopback addresses that no other test has, so that ports by convention are free there. */
let last = 16;

/** A collector with its ports by convention: gRPC on 4317, and on 4318 what `url` leads to. @returns its host. */
export async function conventionalHost(url: string): Promise<string> {
  const host = `127.0.${process.pid % 250}.${++last}`;
  const { port } = new URL(url);
  const http = createNetServer((socket) => {
    const target = connect(Number(port), '127.0.0.1');
    socket.on('error', () => target.destroy());
    target.on('error', () => socket.destroy());
    socket.pipe(target).pipe(socket);
  });
  await listening(http, host, 4318);
  await listening(createHttp2Server(), host, 4317);
  return host;
}

export async function listening(server: Server, host: string, port = 0): Promise<number> {
  const sockets = new Set<import('node:net').Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(port, host);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
