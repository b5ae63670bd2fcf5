import type { SourceConfig } from '../config/config.ts';
import { type Finding, problem } from './finding.ts';

/** A source, and ids of conversations that its list has shown. */
export interface Seen {
  readonly config: SourceConfig;
  readonly ids: readonly string[];
}

/** Pairs of sources that are one account under two names, and carry the same conversations. */
export function examineAccounts(sources: readonly Seen[]): Finding[] {
  return sources.flatMap((one, index) =>
    sources.slice(index + 1).flatMap((other) => {
      const why = whyOne(one, other);
      if (why === undefined) return [];
      const said = `${one.config.name} and ${other.config.name} are one account: ${why}`;
      const mend = `delete the source ${other.config.name}, or give each its own agents: […]`;
      const subject = `${one.config.name}, ${other.config.name}`;
      return [
        problem('account', subject, { said, mend }, 'each conversation is delivered and counted twice'),
      ];
    }),
  );
}

function whyOne(one: Seen, other: Seen): string | undefined {
  const [a, b] = [one.config, other.config];
  if (a.provider !== b.provider || areApart(a.agents, b.agents)) return undefined;
  if (a.apiKey === b.apiKey && a.baseUrl === b.baseUrl) return 'they have the same key';
  const known = new Set(one.ids);
  const shared = other.ids.filter((id) => known.has(id)).length;
  return shared === 0 ? undefined : `${shared} conversations are in the lists of both`;
}

/** Sources of different agents may be one account. */
function areApart(one: readonly string[], other: readonly string[]): boolean {
  return one.length > 0 && other.length > 0 && !one.some((agent) => other.includes(agent));
}
