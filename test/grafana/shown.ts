import type { Sample } from './expected.ts';
import { interpolate, type PanelQuery } from './panel.ts';
import type { Prometheus } from './prometheus.ts';

/** What Grafana would send for a panel that looks at an hour of one source. */
export function prepared(
  { expr }: PanelQuery,
  source: string,
  variables: Record<string, string> = {},
): string {
  const over = { __range: '1h', __rate_interval: '1h', __interval: '1h' };
  return interpolate(expr, {
    ...{ ...over, source, provider: '.*', agent: '.*', version: '.*', late: 'false' },
    ...variables,
  });
}

/**
 * What a panel shows in the hour before a sample, in unix seconds: there, `increase` has nothing to project, and
 * everything is exact.
 */
export async function shown(
  prometheus: Prometheus,
  query: PanelQuery,
  { source, at, variables }: { source: string; at: number; variables?: Record<string, string> },
): Promise<Sample[]> {
  return sorted(await prometheus.query(prepared(query, source, variables), at));
}

/** In one order, and rounded to what floating point numbers can be trusted with. */
export function sorted(samples: readonly Sample[]): Sample[] {
  return samples
    .map(({ labels, value }) => ({ labels, value: Number(value.toPrecision(10)) }))
    .sort((one, other) => key(one).localeCompare(key(other)));
}

function key({ labels }: Sample): string {
  return JSON.stringify(Object.entries(labels).sort());
}
