import { type SourceConfig, traceSettings } from '../config/config.ts';
import { BadAnswerError, HttpStatusError, RedirectError, UnavailableError } from '../http/errors.ts';
import { proxyFor } from '../http/proxy.ts';
import type { Clock } from '../time/clock.ts';
import { formatDuration } from '../time/duration.ts';
import { createSource } from '../vendors/create-source.ts';
import { profileOf } from '../vendors/registry.ts';
import type { ConversationRef, Source } from '../vendors/vendor.ts';
import { type Finding, good, note, problem, type Trouble } from './finding.ts';
import { type Origin, SourceLines } from './lines.ts';
import { whyUnreachable } from './reach.ts';

/** So far back conversations are looked for, in milliseconds. */
const LOOK_BACK = 30 * 86_400_000;
/** Conversations that are listed, and of them those that are fetched, at most. */
const MOST_LISTED = 300;
const MOST_FETCHED = 3;
/** The clocks of two machines may differ by so much, in milliseconds. */
const CLOCKS_AGREE = 60_000;

const DELIVERS_NOTHING = 'nothing of this source is delivered; the vendor keeps it meanwhile';

/** What was found out about a source, and what it has: for comparing it with others. */
export interface ExaminedSource {
  readonly findings: readonly Finding[];
  readonly ids: readonly string[];
}

export interface SourceExamination {
  readonly config: SourceConfig;
  readonly origin: Origin;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Asks a source for its list, and for conversations of it, as the bridge would. */
export async function examineSource(asked: SourceExamination): Promise<ExaminedSource> {
  const { config } = asked;
  const source = await open(config, asked);
  try {
    let refs: ConversationRef[];
    try {
      refs = await listed(source, asked);
    } catch (error) {
      asked.signal.throwIfAborted();
      const trouble = await whyNotListed(error, asked);
      const findings = [problem('source', config.name, trouble, DELIVERS_NOTHING), ...clockOf(source, asked)];
      return { findings, ids: [] };
    }
    const findings = [
      ...(await examineConversations(source, refs, asked)),
      ...(await examineAgents(refs, asked)),
      ...clockOf(source, asked),
    ];
    return { findings, ids: refs.map(({ id }) => id) };
  } finally {
    await source.close();
  }
}

async function open(config: SourceConfig, { clock, origin }: SourceExamination): Promise<Source> {
  // Somebody waits, and wants to know what is, not what might be after a while.
  return await createSource(config, traceSettings(config), clock, { tries: 1, env: origin.variables });
}

async function listed(source: Source, { clock, signal }: SourceExamination): Promise<ConversationRef[]> {
  const refs: ConversationRef[] = [];
  for await (const page of source.discover({ since: clock.now() - LOOK_BACK }, signal)) {
    refs.push(...page.refs);
    if (refs.length >= MOST_LISTED) break;
  }
  return refs;
}

async function whyNotListed(error: unknown, asked: SourceExamination): Promise<Trouble> {
  const { config, origin } = asked;
  const lines = new SourceLines(config, origin);
  const url = new URL(config.baseUrl);
  if (error instanceof HttpStatusError) {
    if (error.status === 402) return { said: error.message, mend: 'settle the account with the vendor' };
    if (error.status === 407)
      return { said: `the proxy wants credentials: ${error.message}`, mend: proxyLine(url, asked) };
    if (error.status === 401 || error.status === 403) return await whyRefused(error, asked, lines);
    return {
      said: `${url.origin} is no ${titleOf(config)} API: ${error.message}`,
      mend: lines.noBaseUrl,
    };
  }
  if (error instanceof RedirectError)
    return { said: error.message, mend: lines.baseUrl(originOf(error.to) ?? '<where it redirects to>') };
  if (error instanceof BadAnswerError)
    return { said: `${url.origin} is no ${titleOf(config)} API: ${error.message}`, mend: lines.noBaseUrl };
  if (!(error instanceof UnavailableError)) throw error;
  if (error.status === 429) return { said: `it is asked too often: ${error.message}`, mend: lines.rate(1) };
  if (error.status !== undefined && proxyFor(url, asked.origin.variables) === undefined) {
    return { said: `the vendor is in trouble: ${error.message}`, mend: 'callspan doctor  # again later' };
  }
  return await whyUnreachable(
    {
      ...{ url, line: (address) => lines.baseUrl(address), authority: 'NODE_EXTRA_CA_CERTS' },
      ...(isDefault(config) ? {} : { unset: lines.noBaseUrl }),
    },
    error.reason,
    asked.origin.variables,
  );
}

function proxyLine(url: URL, { origin }: SourceExamination): string {
  const proxy = proxyFor(url, origin.variables)?.url.host ?? 'the proxy';
  return `export ${url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'}=http://<user>:<password>@${proxy}`;
}

async function whyRefused(
  error: HttpStatusError,
  asked: SourceExamination,
  lines: SourceLines,
): Promise<Trouble> {
  const { config } = asked;
  const profile = profileOf(config.provider);
  if (/permission|scope/i.test(`${error.code} ${error.words}`)) {
    const needs = profile?.keyNeeds ?? 'the permission to read conversations';
    return {
      said: `the key may not read conversations: ${error.message}`,
      mend: lines.key(`a key with ${needs}`),
    };
  }
  const region = await regionOf(asked);
  if (region !== undefined) {
    return {
      said: `the key is none of ${new URL(config.baseUrl).host}, but one of the region ${region} (${error.message})`,
      mend: lines.region(region),
    };
  }
  const spoilt = /^["'].*["']$/.test(config.apiKey) ? '; it stands in quotation marks' : '';
  return {
    said: `the key is refused: ${error.message}${spoilt}`,
    mend: lines.key(`a key of ${profile?.title ?? config.provider}`),
  };
}

/** The region whose host takes the key, if one does. Hosts are the vendor's own: the key goes to nobody else. */
async function regionOf(asked: SourceExamination): Promise<string | undefined> {
  const { config, clock, signal } = asked;
  const hosts = Object.entries(profileOf(config.provider)?.hosts ?? {});
  if (!hosts.some(([, host]) => host === config.baseUrl)) return undefined;
  for (const [region, baseUrl] of hosts) {
    if (baseUrl === config.baseUrl) continue;
    const source = await open({ ...config, baseUrl }, asked);
    try {
      for await (const _ of source.discover({ since: clock.now() - LOOK_BACK }, signal)) break;
      return region;
    } catch {
      // Refused there too, or not reached: then it is not known to be of that region.
      signal.throwIfAborted();
    } finally {
      await source.close();
    }
  }
  return undefined;
}

async function examineConversations(
  source: Source,
  refs: readonly ConversationRef[],
  asked: SourceExamination,
): Promise<Finding[]> {
  const { name } = asked.config;
  const lines = new SourceLines(asked.config, asked.origin);
  const ended = refs.filter((ref) => ref.ended).slice(0, MOST_FETCHED);
  const since = `the last ${formatDuration(LOOK_BACK)}`;
  const many = refs.length >= MOST_LISTED ? `${refs.length} or more` : refs.length;
  if (ended.length === 0)
    return [
      good('source', name, `the list can be read; it shows ${many} conversations of ${since}, none ended`),
    ];
  const empty: string[] = [];
  for (const { id } of ended) {
    try {
      const fetched = await source.fetch(id, asked.signal);
      if (fetched.kind !== 'empty') {
        return [good('source', name, `list and conversations can be read; ${many} of ${since}`)];
      }
      empty.push(fetched.reason);
    } catch (error) {
      asked.signal.throwIfAborted();
      if (!(error instanceof HttpStatusError) || (error.status !== 401 && error.status !== 403)) {
        const trouble = await whyNotListed(error, asked);
        return [problem('source', name, trouble, DELIVERS_NOTHING)];
      }
      const needs = profileOf(asked.config.provider)?.keyNeeds ?? 'the permission to read conversations';
      const said = `the key may list conversations and not read one: ${error.message}`;
      return [problem('source', name, { said, mend: lines.key(`a key with ${needs}`) }, DELIVERS_NOTHING)];
    }
  }
  const said = `the latest ${empty.length} conversations have nothing in them: ${[...new Set(empty)].join('; ')}`;
  const mend = 'let the vendor keep conversations (retention), or have it push them by a webhook';
  return [problem('source', name, { said, mend }, 'there is nothing to make a trace of')];
}

/** Agents that are asked for and show no conversation, where the account has others. */
async function examineAgents(refs: readonly ConversationRef[], asked: SourceExamination): Promise<Finding[]> {
  const { config, signal } = asked;
  const silent: string[] = [];
  for (const agent of config.agents) {
    if (config.agents.length === 1 && refs.length > 0) continue;
    const source = await open({ ...config, agents: [agent] }, asked);
    try {
      if ((await listed(source, asked)).length === 0) silent.push(agent);
    } finally {
      await source.close();
    }
  }
  if (silent.length === 0) return [];
  const all = await open({ ...config, agents: [] }, asked);
  try {
    const others = await listed(all, asked);
    if (others.length === 0) return [];
    const seen = new Set<string>();
    for (const { id } of others.filter(({ ended }) => ended).slice(0, MOST_FETCHED)) {
      const fetched = await all.fetch(id, signal);
      if (fetched.kind !== 'ready') continue;
      const { agent } = fetched.translated.conversation;
      if (agent?.id !== undefined) seen.add(agent.id);
    }
    const lines = new SourceLines(config, asked.origin);
    return [
      problem(
        'source',
        config.name,
        {
          said: `no conversation of ${silent.join(', ')} in ${formatDuration(LOOK_BACK)}, and there are ${others.length} of others`,
          mend: lines.agents(seen.size === 0 ? ['<an agent that there is>'] : [...seen]),
        },
        'conversations of other agents are left out',
      ),
    ];
  } finally {
    await all.close();
  }
}

function clockOf(source: Source, { config, clock }: SourceExamination): Finding[] {
  const { clockTrouble } = source;
  const apart = source.now() - clock.now();
  const mend = 'sudo timedatectl set-ntp true';
  if (clockTrouble !== undefined) {
    const costs =
      'conversations are looked for in the wrong hours, and some are delivered before they are complete';
    return [problem('clock', config.name, { said: clockTrouble, mend }, costs)];
  }
  if (Math.abs(apart) <= CLOCKS_AGREE) return [];
  const where = apart < 0 ? 'ahead of' : 'behind';
  const said = `this machine's clock is ${formatDuration(Math.abs(apart))} ${where} the vendor's (its Date header)`;
  return [note('clock', config.name, { said, mend }, 'the lag that is told is off by as much')];
}

function titleOf({ provider }: SourceConfig): string {
  return profileOf(provider)?.title ?? provider;
}

function isDefault({ provider, baseUrl }: SourceConfig): boolean {
  return Object.values(profileOf(provider)?.hosts ?? {}).includes(baseUrl);
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined;
}
