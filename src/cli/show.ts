import { readFile } from 'node:fs/promises';
import {
  ConfigError,
  list,
  loadConfig,
  type SourceConfig,
  settingsForFile,
  traceSettings,
} from '../config/config.ts';
import { page } from '../show/page.ts';
import { printableJson } from '../show/printable.ts';
import { viewOf } from '../show/view.ts';
import { waterfall } from '../show/waterfall.ts';
import { systemClock } from '../time/clock.ts';
import type { OtlpTraces } from '../trace/otlp.ts';
import { toOtlp } from '../trace/span-batch.ts';
import { createSource } from '../vendors/create-source.ts';
import { profiles, providerOf } from '../vendors/registry.ts';
import { type TranslateOptions, translate } from '../vendors/translate.ts';
import { EXIT, stopSignal } from './exit.ts';
import { writePrivateFile } from './private-file.ts';
import { oneId, oneSource } from './sources.ts';

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
  oneId(id);
  const config = oneSource(await loadConfig(), provider, name);
  const { provider: vendor, settle } = config;
  return await translated(await fetchPayload(config, id), {
    ...{ provider: vendor, id, settle },
    ...traceSettings(config),
  });
}

/** The payload of one conversation, as the vendor has it now. */
export async function fetchPayload(config: SourceConfig, id: string): Promise<unknown> {
  const source = await createSource(config, traceSettings(config), systemClock);
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
    const vendors = list(profiles().map(({ title }) => title));
    throw new ConfigError(
      `${file} is no conversation of ${vendors}; expected what their API answers for one.`,
    );
  }
  return await translated(body, { provider, ...settingsForFile(provider) });
}

/** Longer than anything is waited for after the end of a conversation, in milliseconds. */
const ALL_THE_TIME = 365 * 86_400_000;

/** As if nothing more came: whoever looks now wants to see what there is. */
async function translated(body: unknown, options: TranslateOptions): Promise<OtlpTraces> {
  const result = await translate(body, {
    ...options,
    encoding: 'json',
    now: systemClock.now() + ALL_THE_TIME,
  });
  if (result.kind === 'ready') return toOtlp(result.translated.batch);
  const why = result.kind === 'pending' ? 'the conversation has not ended' : 'there is nothing in it';
  throw new Error(`There is nothing to show, ${why}: ${result.reason}.`);
}
