import { readFile } from 'node:fs/promises';
import { ConfigError, loadConfig, type SourceConfig, settingsForFile } from '../config/config.ts';
import type { Provider } from '../conversation.ts';
import { page } from '../show/page.ts';
import { printableJson } from '../show/printable.ts';
import { viewOf } from '../show/view.ts';
import { waterfall } from '../show/waterfall.ts';
import { systemClock } from '../time/clock.ts';
import type { OtlpTraces } from '../trace/otlp.ts';
import type { TraceSettings } from '../trace/settings.ts';
import { toOtlp } from '../trace/span-batch.ts';
import { createSource, providerOf, traceSettings, translatePayload } from '../vendors/registry.ts';
import { EXIT, stopSignal } from './exit.ts';
import { writePrivateFile } from './private-file.ts';
import { oneSource } from './sources.ts';

export interface ShowOptions {
  readonly file?: string;
  readonly json: boolean;
  readonly html?: string;
  readonly source?: string;
}

/** `callspan show`: one conversation as the collector would get it, for a person, without any collector. */
export async function show(
  provider: string | undefined,
  id: string | undefined,
  options: ShowOptions,
): Promise<number> {
  const traces =
    options.file === undefined ? await fromVendor(provider, id, options) : await fromFile(options.file);
  if (options.html !== undefined) await writePrivateFile(options.html, page(viewOf(traces)));
  if (options.json) process.stdout.write(`${printableJson(JSON.stringify(traces, null, 2))}\n`);
  else if (options.html === undefined)
    process.stdout.write(waterfall(viewOf(traces), terminal(process.stdout)));
  return EXIT.ok;
}

/** What a stream can show. */
export function terminal(stream: NodeJS.WriteStream): { columns: number; color: boolean } {
  const color = stream.isTTY ? process.env.NO_COLOR === undefined : process.env.FORCE_COLOR !== undefined;
  return { columns: Math.min(stream.columns ?? 110, 160), color };
}

async function fromVendor(
  provider: string | undefined,
  id: string | undefined,
  { source: name }: ShowOptions,
): Promise<OtlpTraces> {
  if (provider === undefined || id === undefined) {
    throw new ConfigError('callspan show needs a provider and a conversation id, or --file with a payload.');
  }
  const config = oneSource(await loadConfig(), provider, name);
  return translated(config.provider, await fetchPayload(config, id), traceSettings(config));
}

/** The payload of one conversation, as the vendor has it now. */
export async function fetchPayload(config: SourceConfig, id: string): Promise<unknown> {
  const source = createSource(config, systemClock);
  try {
    return await source.payload(id, stopSignal());
  } finally {
    await source.close();
  }
}

async function fromFile(file: string): Promise<OtlpTraces> {
  let body: unknown;
  try {
    body = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const problem =
      error instanceof SyntaxError
        ? 'it is not JSON'
        : error instanceof Error
          ? error.message
          : String(error);
    throw new ConfigError(`${file} cannot be read: ${problem}.`);
  }
  const provider = providerOf(body);
  if (provider === undefined) {
    throw new ConfigError(
      `${file} is no conversation of ElevenLabs or Tavus; expected what their API answers for one.`,
    );
  }
  return translated(provider, body, settingsForFile(provider));
}

function translated(provider: Provider, body: unknown, settings: TraceSettings): OtlpTraces {
  const result = translatePayload(provider, body, settings);
  if (result) return toOtlp(result.batch);
  throw new Error('There is nothing to show: the payload has neither spans nor a transcript.');
}
