import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readElevenLabs } from '../src/vendors/elevenlabs/payload.ts';
import { translateElevenLabs } from '../src/vendors/elevenlabs/translate.ts';
import { makePayloads, SIZES, type Size } from './payload.ts';
import { translationSettings } from './translation-settings.ts';

/**
 * From payload to wire bytes, no HTTP and no gzip: callspan beside what others need to turn the same spans from
 * OTLP/JSON into protobuf. A peer whose language is not on the machine is left out.
 */

const run = promisify(execFile);

/** Passes over the payloads of each size: some seconds of work for every peer. */
const ROUNDS: Record<Size, number> = { short: 40, medium: 30, long: 10 };
/** Python needs forty times as long for one. */
const SLOW = 10;

interface Encoded {
  readonly cpuMillis: number;
  readonly bytes: number;
}

/** CPU milliseconds a conversation, by peer and size; one figure a run. */
export type EncodingFigures = ReadonlyMap<string, Encoded>;

interface Peer {
  readonly name: string;
  readonly input: 'payloads' | 'requests';
  readonly slow?: boolean;
  readonly command: readonly string[];
}

/** What is compared: files of payloads and requests, and the peers that this machine has. */
export class Encoding {
  readonly #folder = mkdtempSync(join(tmpdir(), 'callspan-encoding-'));
  readonly #peers: readonly Peer[];

  private constructor(peers: readonly Peer[]) {
    this.#peers = peers;
    for (const size of SIZES) this.#write(size);
  }

  static async prepare(): Promise<Encoding> {
    const own = fileURLToPath(new URL('../dist/bench/contestants/encode.js', import.meta.url));
    const peers = (['json', 'protobuf'] as const).map(
      (encoding): Peer => ({
        name: encoding === 'json' ? 'callspan' : 'callspan in protobuf',
        input: 'payloads',
        command: [process.execPath, own, encoding],
      }),
    );
    const go = await pdata();
    if (go !== undefined) peers.push({ name: 'pdata', input: 'requests', command: [go] });
    const python = await pythonProto();
    if (python !== undefined) peers.push({ name: 'python', input: 'requests', slow: true, command: python });
    return new Encoding(peers);
  }

  /** Every peer once on every size. */
  async once(): Promise<EncodingFigures> {
    const figures = new Map<string, Encoded>();
    for (const size of SIZES) {
      for (const { name, input, slow, command } of this.#peers) {
        const rounds = slow ? Math.ceil(ROUNDS[size] / SLOW) : ROUNDS[size];
        const [program = '', ...rest] = command;
        const { stdout } = await run(program, [...rest, this.#file(input, size), String(rounds)]);
        figures.set(`${name}, ${size}`, JSON.parse(stdout) as Encoded);
      }
    }
    return figures;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #file(input: Peer['input'], size: Size): string {
    return join(this.#folder, `${input}-${size}`);
  }

  #write(size: Size): void {
    const payloads = makePayloads('elevenlabs', size, Date.now() - 86_400_000).map(({ plain }) =>
      Buffer.from(plain),
    );
    const settings = translationSettings('elevenlabs');
    const requests = payloads.map((payload) => {
      const read = readElevenLabs(JSON.parse(payload.toString()));
      const translated = translateElevenLabs(read, read.id ?? '', settings);
      if (translated?.batch.kind !== 'otlp') throw new Error('a payload of the benchmark came to nothing');
      return translated.batch.spans.body;
    });
    writeFileSync(this.#file('payloads', size), lines(payloads));
    writeFileSync(this.#file('requests', size), lines(requests));
  }
}

function lines(texts: readonly Buffer[]): Buffer {
  return Buffer.concat(texts.flatMap((text) => [text, Buffer.from('\n')]));
}

/** The collector's own reader and writer, compiled once. */
async function pdata(): Promise<string | undefined> {
  const source = fileURLToPath(new URL('peers/pdata', import.meta.url));
  const binary = join(cacheFolder(), 'pdata');
  const env = { ...process.env, GOFLAGS: '-mod=readonly -buildvcs=false', CGO_ENABLED: '0' };
  return await unlessMissing('Go', async () => {
    await run('go', ['-C', source, 'build', '-o', binary, '.'], { env });
    return binary;
  });
}

/** The official Python messages, in an environment of their own. */
async function pythonProto(): Promise<readonly string[] | undefined> {
  const source = fileURLToPath(new URL('peers/python', import.meta.url));
  const environment = join(cacheFolder(), 'python');
  const python = join(environment, 'bin/python');
  return await unlessMissing('Python', async () => {
    if (!existsSync(python)) await run('python3', ['-m', 'venv', environment]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '-r', join(source, 'requirements.txt')]);
    return [python, join(source, 'encode.py')];
  });
}

function cacheFolder(): string {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'callspan', 'bench');
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function unlessMissing<Value>(what: string, make: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    process.stderr.write(`${what} is not on this machine: its peer is left out\n`);
    return undefined;
  }
}
