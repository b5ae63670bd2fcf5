import { type Config, loadConfig } from '../config/config.ts';
import { Environment } from '../config/environment.ts';
import { ConfigError } from '../config/errors.ts';
import { readSettingsFile } from '../config/file.ts';
import { shownPlace } from '../ledger/open.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import type { TraceStore } from '../verify/store.ts';
import { examineAccounts } from './accounts.ts';
import { examineCollector } from './collector.ts';
import { type Finding, good, problem } from './finding.ts';
import { examineLedger } from './ledger.ts';
import { endpointLine, type Origin } from './lines.ts';
import { examineListener } from './listener.ts';
import { examinePrometheus } from './prometheus.ts';
import { examineNames } from './renamed.ts';
import { examineSource } from './source.ts';
import { examineVariables } from './variables.ts';
import { examineWebhooks } from './webhooks.ts';

export interface ExaminationOptions {
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** Where the span that is sent can be read back. */
  readonly store?: TraceStore;
  /** Base URL of the Prometheus that the numbers go to. */
  readonly prometheus?: string;
}

/**
 * Looks at a set-up as the bridge would use it, and changes nothing but that one span is sent to each collector. Goes
 * on where one thing is wrong, as far as the others do not depend on it.
 */
export async function examine(
  variables: NodeJS.ProcessEnv,
  options: ExaminationOptions = {},
): Promise<Finding[]> {
  const { clock = systemClock, signal = new AbortController().signal, store, prometheus } = options;
  const misspelt = examineVariables(variables);
  const others = prometheus === undefined ? [] : await examinePrometheus(prometheus, signal);
  let config: Config;
  try {
    config = await loadConfig(variables, signal);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [refused(error), ...misspelt, ...others];
  }
  const origin = originOf(variables);
  const examined = await Promise.all(
    config.sources.map((source) => examineSource({ config: source, origin, clock, signal })),
  );
  const seen = config.sources.map((source, index) => ({ config: source, ids: examined[index]?.ids ?? [] }));
  const accounts = examineAccounts(seen);
  const { listen } = config.telemetry;
  return [
    settled(config),
    ...misspelt,
    ...examined.flatMap(({ findings }) => findings),
    ...accounts,
    ...(await examineNames(config.state, seen)),
    ...(await examineCollectors(config, origin, {
      clock,
      signal,
      ...(store === undefined ? {} : { store }),
    })),
    ...others,
    ...(await examineLedger(config.state, clock, { state: (path) => stateLine(path, origin) })),
    ...(listen === undefined ? [] : [await examineListener('CALLSPAN_LISTEN', listen, signal)]),
    ...(await examineWebhooks(config, origin, signal)),
  ];
}

function originOf(variables: NodeJS.ProcessEnv): Origin {
  const env = new Environment(variables);
  const path = env.text('CALLSPAN_CONFIG');
  if (path === undefined) return { variables };
  return { variables, file: { path, settings: readSettingsFile(path, env) } };
}

function stateLine(path: string, { variables, file }: Origin): string {
  return file?.settings.state !== undefined && (variables.CALLSPAN_STATE ?? '') === ''
    ? `state: ${path}  # in ${file.path}`
    : `export CALLSPAN_STATE=${path}`;
}

function settled({ sources, state }: Config): Finding {
  const names = sources.map(({ name }) => name).join(', ');
  const full = sources.filter(({ content }) => content === 'full').map(({ name }) => name);
  const content = full.length === 0 ? 'none' : `full for ${full.join(', ')}`;
  return good(
    'settings',
    'settings',
    `can be used; sources ${names}; ledger ${shownPlace(state)}; content ${content}`,
  );
}

/** The message of the refusal says what is allowed; the line to write is in front of it. */
function refused(error: ConfigError): Finding {
  const said = error.message.replace(/\.$/, '');
  const variable = /^([A-Z][A-Z\d_]+)[=:]/.exec(said)?.[1];
  const misspelt = /(\w+) is no setting; did you mean (\w+)\?/.exec(said);
  const mend =
    error.mend ??
    (misspelt !== null
      ? `${misspelt[2]}:  # instead of ${misspelt[1]}`
      : variable !== undefined
        ? `export ${variable}=<what is allowed: ${said.slice(said.indexOf(':') + 1).trim()}>`
        : 'callspan config print  # after correcting what is named');
  return problem('settings', 'settings', { said, mend }, 'the bridge does not start (exit code 2)');
}

async function examineCollectors(
  config: Config,
  origin: Origin,
  parts: { clock: Clock; signal: AbortSignal; store?: TraceStore },
): Promise<Finding[]> {
  const addresses = new Set(config.sources.map(({ destination }) => JSON.stringify(destination)));
  const examined = [...addresses].map(async (address) => {
    const sources = config.sources.filter(({ destination }) => JSON.stringify(destination) === address);
    const [first] = sources;
    if (first === undefined) return [];
    return await examineCollector({
      ...parts,
      destination: first.destination,
      sources: sources.map(({ name }) => name),
      line: endpointLine(first.name, 'traces', origin),
      variables: origin.variables,
    });
  });
  return (await Promise.all(examined)).flat();
}
