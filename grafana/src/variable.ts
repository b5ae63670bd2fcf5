import {
  ConstantVariableBuilder,
  CustomVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PROMETHEUS } from './datasource.ts';
import { AGENT_ID, NUMBER, PROVIDER, SOURCE, VERSION } from './metric.ts';

/** What can be chosen at the top of a dashboard. */

const ALL = { selected: true, text: ['All'], value: ['$__all'] };

/** An agent that only gets callers passed on has turns and no conversations; one that fails has no turns. */
const KNOWN = `__name__=~"${NUMBER.conversations}|${NUMBER.turns}"`;

/** The values of a label, where what was chosen before it holds. */
function values(name: string, title: string, label: string, where: readonly string[]): QueryVariableBuilder {
  const query = `label_values({${[KNOWN, ...where].join(', ')}}, ${label})`;
  return (
    new QueryVariableBuilder(name)
      .label(title)
      .datasource(PROMETHEUS)
      .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' })
      .definition(query)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalCaseInsensitiveAsc)
      .multi(true)
      .includeAll(true)
      // All is not the list of all values: series without the label, of an agent without a version, belong to it.
      .allValue('.*')
      .current(ALL)
  );
}

export const sourceVariable = () => values('source', 'Source', SOURCE, []);
export const providerVariable = () => values('provider', 'Provider', PROVIDER, [`${SOURCE}=~"$source"`]);
export const agentVariable = () =>
  values('agent', 'Agent', AGENT_ID, [`${SOURCE}=~"$source"`, `${PROVIDER}=~"$provider"`]);
export const versionVariable = () =>
  values('version', 'Version', VERSION, [`${SOURCE}=~"$source"`, `${AGENT_ID}=~"$agent"`]);

/** Conversations that came more than an hour after their end: a backfill, or an outage caught up. */
export function lateVariable(): CustomVariableBuilder {
  return new CustomVariableBuilder('late')
    .label('Arrival')
    .description('Late: the conversation ended more than an hour before it arrived (a backfill, an outage).')
    .values('on time : false, late : true')
    .options([
      { selected: true, text: 'on time', value: 'false' },
      { selected: false, text: 'late', value: 'true' },
    ])
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['on time'], value: ['false'] });
}

/** One of several, each with what it puts into a query. */
export function choice(
  name: string,
  title: string,
  options: readonly (readonly [text: string, value: string])[],
): CustomVariableBuilder {
  const [first] = options;
  return new CustomVariableBuilder(name)
    .label(title)
    .values(options.map(([text, value]) => `${text} : ${value}`).join(', '))
    .options(options.map(([text, value]) => ({ selected: text === first?.[0], text, value })))
    .multi(false)
    .includeAll(false)
    .current({ selected: true, text: first?.[0] ?? '', value: first?.[1] ?? '' });
}

export function textVariable(
  name: string,
  title: string,
  description: string,
  initially = '',
): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder(name)
    .label(title)
    .description(description)
    .defaultValue(initially)
    .current({ selected: true, text: initially, value: initially });
}

/** Where a browser finds Jaeger: what docker-compose.yml opens. */
export function jaegerVariable(): ConstantVariableBuilder {
  return new ConstantVariableBuilder('jaeger')
    .label("Jaeger's address")
    .description('Where a browser finds Jaeger')
    .value('http://localhost:16686');
}
