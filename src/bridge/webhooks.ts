import type { Config, SourceConfig } from '../config/config.ts';
import type { ListenAddress } from '../config/telemetry.ts';
import { HttpError } from '../http/errors.ts';
import { BODY_LIMITS } from '../intake/webhook-body.ts';
import { WebhookKeeper } from '../intake/webhook-keeper.ts';
import { WebhookListener } from '../intake/webhook-listener.ts';
import { WebhookReceiver, type WebhookSource } from '../intake/webhook-receiver.ts';
import type { Ledger } from '../ledger/contract.ts';
import { LedgerError } from '../ledger/errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { Told } from '../telemetry/told.ts';
import { onAbort } from '../time/abort.ts';
import { type Clock, rest } from '../time/clock.ts';
import { loadVendor } from '../vendors/registry.ts';
import type { Source } from '../vendors/vendor.ts';
import type { SourceRunner } from './source-runner.ts';

/** How often what is left of deleted payloads is removed from the disk, in milliseconds. */
const SCRUB_EVERY = 2_000;
/** How often vendors are asked whether they still call, in milliseconds. */
const ASK_EVERY = 300_000;
/** How often what need not be remembered is forgotten, in milliseconds. */
const TIDY_EVERY = 3_600_000;
/** What was taken is remembered for so long, longer than any signature holds; and what could not be read. In milliseconds. */
const KEEP_TAKEN = 24 * 3_600_000;
const KEEP_UNREADABLE = 7 * 24 * 3_600_000;

export interface WebhooksOptions {
  readonly config: Config;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly runners: readonly Receiving[];
  /** Those that this process carries now. */
  readonly sources: readonly Source[];
}

/** A source, and how whoever works it off is told that something has come; it may be another process. */
type Receiving = Pick<SourceRunner, 'name' | 'id'> & { readonly inbox: Pick<SourceRunner['inbox'], 'told'> };

/** Whether what a source's vendor calls us for is taken. */
export function takesWebhooks({ webhooks }: Pick<Config, 'webhooks'>, source: SourceConfig): boolean {
  return webhooks !== undefined && source.webhook !== undefined;
}

/** The webhooks of all sources, from the listener to the inbox, and the order in there. */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #runners: ReadonlyMap<string, Receiving>;
  /** What is wrong with signatures is told once a source: forging them costs nothing. */
  readonly #told = new Told();
  #isKeeping = true;

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#runners = new Map(options.runners.map((runner) => [runner.name, runner]));
  }

  /** Until `stop`. @throws ConfigError where the address cannot be listened on; LedgerError. */
  async run(stop: AbortSignal): Promise<void> {
    const { ledger, config } = this.#options;
    // Whoever wrote the ledger last may have died before it could.
    await ledger.inbox.scrub();
    if (config.webhooks === undefined) return;
    await Promise.all([this.#listen(config.webhooks, stop), this.#keepTidy(stop), this.#keepAsking(stop)]);
  }

  async #listen(address: ListenAddress, stop: AbortSignal): Promise<void> {
    const { ledger, clock, log, telemetry } = this.#options;
    const sources = await this.#sources();
    const receiver = new WebhookReceiver({
      ...{ sources, limits: BODY_LIMITS, keeper: new WebhookKeeper(ledger.inbox, clock) },
      onKept: (source) => this.#runners.get(source)?.inbox.told(),
      onTrouble: (trouble) => this.#trouble(trouble),
      onHeard: (source, heard) => {
        telemetry.webhook(source, heard);
        this.#tell(source, heard.verdict);
      },
    });
    const listener = await WebhookListener.open(address, (request, response) =>
      receiver.handle(request, response),
    );
    telemetry.webhooksTrouble(undefined);
    log.info({ url: listener.url, sources: sources.map(({ name }) => name) }, 'webhooks are taken');
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else onAbort(stop, resolve);
    });
    await listener.close();
  }

  async #sources(): Promise<WebhookSource[]> {
    const { config, sources: carried, clock } = this.#options;
    const sources: WebhookSource[] = [];
    for (const { name, provider, webhook: trust, agents, zeroRetention } of config.sources) {
      const id = this.#runners.get(name)?.id;
      const { webhook: scheme } = await loadVendor(provider);
      if (trust === undefined || scheme === undefined || id === undefined) continue;
      // Whoever does not carry a source does not know its vendor's clock.
      const now = () => (carried.find((one) => one.name === name) ?? clock).now();
      sources.push({ name, id, scheme, trust, agents, zeroRetention, now });
    }
    return sources;
  }

  async #keepTidy(stop: AbortSignal): Promise<void> {
    const { ledger, clock } = this.#options;
    let tidied = Number.NEGATIVE_INFINITY;
    while (!stop.aborted) {
      try {
        await ledger.inbox.scrub();
        const now = clock.now();
        if (Math.abs(now - tidied) >= TIDY_EVERY) {
          await ledger.inbox.tidy({ taken: now - KEEP_TAKEN, unreadable: now - KEEP_UNREADABLE });
          tidied = now;
        }
      } catch (error) {
        // A ledger that is shared may be away, which is told where it is needed; this waits.
        if (ledger.share === undefined || !(error instanceof LedgerError && error.isPassing)) throw error;
      }
      await rest(clock, SCRUB_EVERY, stop);
    }
  }

  /** A vendor that has switched a webhook off says so nowhere else but in an e-mail to its administrators. */
  async #keepAsking(stop: AbortSignal): Promise<void> {
    const { sources, config, clock } = this.#options;
    const told = new Set(config.sources.filter((one) => takesWebhooks(config, one)).map(({ name }) => name));
    while (!stop.aborted) {
      for (const source of [...sources]) if (told.has(source.name)) await this.#ask(source, stop);
      await rest(clock, ASK_EVERY, stop);
    }
  }

  async #ask(source: Source, stop: AbortSignal): Promise<void> {
    const { log, telemetry, sources } = this.#options;
    try {
      const isDisabled = await source.webhookDisabled?.(`/webhooks/${source.name}`, stop);
      telemetry.webhookDisabled(source.name, isDisabled);
      const what = `${source.name} disabled`;
      if (isDisabled && this.#told.isNews(what)) {
        log.error({ source: source.name }, 'the vendor has switched the webhook off, and calls no more');
      }
    } catch (error) {
      // One that is not carried any more was closed in the middle of it.
      const isOver = stop.aborted || !sources.includes(source);
      if (!(error instanceof HttpError) && !isOver) throw error;
      // Whether the vendor answers is told of its list.
      telemetry.webhookDisabled(source.name, undefined);
    }
  }

  /** Whether the inbox takes anything; told when that changes. */
  #trouble(trouble: Error | undefined): void {
    const { log, telemetry } = this.#options;
    if ((trouble === undefined) === this.#isKeeping) return;
    this.#isKeeping = trouble === undefined;
    telemetry.webhooksTrouble(trouble && `webhooks cannot be kept: ${trouble.message}`);
    if (trouble === undefined) log.info('webhooks can be kept again');
    else
      log.error({ reason: trouble.message }, 'webhooks cannot be kept; their senders are asked to try again');
  }

  #tell(source: string, verdict: string): void {
    const { log } = this.#options;
    if (!verdict.startsWith('refused: ') && verdict !== 'unreadable' && verdict !== 'too large') return;
    if (!this.#told.isNews(`${source} ${verdict}`)) return;
    log.warn(
      { source, verdict },
      'a webhook was not taken for what it says it is; told once, counted from now on',
    );
  }
}
