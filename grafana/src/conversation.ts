import {
  type Dashboard,
  DashboardLinkBuilder,
  DashboardLinkType,
  PanelBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { SearchTableType, DataqueryBuilder as TempoQuery } from '@grafana/grafana-foundation-sdk/tempo';
import { TextMode, PanelBuilder as TextPanel } from '@grafana/grafana-foundation-sdk/text';
import { GEN_AI } from '../../src/trace/semconv.ts';
import { board } from './board.ts';
import { TEMPO } from './datasource.ts';
import type { Objectives } from './objectives.ts';
import { TRUE_TIME } from './panel.ts';
import { ASKED_ONLY, BY_ID, FOUND, longWaits, ROOT_COLUMNS, SEARCHES, WAIT_COLUMNS } from './traceql.ts';
import {
  agentVariable,
  choice,
  jaegerVariable,
  providerVariable,
  sourceVariable,
  textVariable,
} from './variable.ts';

const UID = 'callspan-conversation';

/** Tempo's table of spans has the trace id in a column of this name, shown or not by Grafana's version. */
const TRACE_ID = `\${__data.fields.traceIdHidden}`;

const HOW = `Find a conversation by its **id** (above), or by what was wrong with it (**Show**), and click it: its trace opens above. From there, or in Jaeger, every bar can be opened for its attributes. An id that is older than the time that is shown (top right) is not found: choose a longer one.`;

/** As many waits of one conversation as a table shows. */
const MOST_OF_ONE = 20;

/** A TraceQL query that finds nothing: without any, Tempo is asked for an empty id and answers with an error. */
const NO_TRACE = '{ false }';

type Columns = readonly (readonly [attribute: string, title: string, unit?: string])[];

/** From a search to one conversation's trace. */
export function conversationBoard({ objectives }: Objectives): Dashboard {
  const { within } = objectives.response;
  return board({
    uid: UID,
    title: 'One conversation',
    description: 'Find a conversation by its id or by what went wrong in it, and see its trace.',
    from: 'now-7d',
    variables: [
      textVariable('conversation', 'Conversation id', "The vendor's id, for example conv_…"),
      choice('show', 'Show', SEARCHES),
      sourceVariable(),
      providerVariable(),
      agentVariable(),
      textVariable(
        'traceId',
        'Trace id',
        `Set by a click on a conversation, or given here; ${NO_TRACE} is none`,
        NO_TRACE,
      ),
      jaegerVariable(),
    ],
    sections: [
      // On top: below the fold a click would seem to do nothing.
      { title: 'Its trace', panels: [{ panel: trace(), width: 24, height: 14 }] },
      {
        title: 'Find it',
        panels: [
          {
            panel: new TextPanel().title('').transparent(true).mode(TextMode.Markdown).content(HOW),
            width: 24,
            height: 2,
          },
          {
            panel: table('The conversation with this id', BY_ID, ROOT_COLUMNS).description(
              `The conversation whose id is given above. It has to lie within the time that is shown: choose a longer one for an older id. ${TRUE_TIME}`,
            ),
            width: 24,
            height: 5,
          },
          {
            panel: table('Conversations', FOUND, ROOT_COLUMNS).description(
              `The latest conversations of the chosen kind. A column is empty where it would say 0 or false, or the vendor does not tell. ${TRUE_TIME}`,
            ),
            width: 24,
            height: 10,
          },
          {
            panel: table(`Waits over ${within} s`, longWaits(within), WAIT_COLUMNS).description(
              `Single waits that were longer than the objective allows; at most ${MOST_OF_ONE} of one conversation. ${TRUE_TIME}`,
            ),
            width: 24,
            height: 7,
          },
        ],
      },
    ],
  });
}

function table(title: string, traceql: string, columns: Columns): TablePanel {
  const panel = new TablePanel()
    .title(title)
    .datasource(TEMPO)
    .targets([search(traceql)])
    .transformations([
      // They come as texts, which have no unit and no order.
      {
        id: 'convertFieldType',
        options: {
          fields: {},
          conversions: columns
            .filter(([, , unit]) => unit !== undefined)
            .map(([attribute]) => ({ targetField: attribute, destinationType: 'number' })),
        },
      },
      {
        id: 'organize',
        options: {
          // Grafana goes by the name that a column shows, older versions by the name of its field.
          indexByName: Object.fromEntries(
            ['Start time', ...columns.map(([attribute]) => attribute), 'time'].map((name, index) => [
              name,
              index,
            ]),
          ),
          // Not the trace id: the links need it.
          excludeByName: Object.fromEntries(
            [...TEMPOS_OWN, ...ASKED_ONLY]
              .filter((name) => !columns.some(([attribute]) => attribute === name))
              .map((name) => [name, true]),
          ),
          renameByName: Object.fromEntries([
            ...BEGAN.map((name) => [name, 'Began']),
            ...columns.map(([attribute, name]) => [attribute, name]),
          ]),
        },
      },
    ])
    .overrideByName('traceIdHidden', [
      { id: 'custom.hidden', value: true },
      { id: 'custom.hideFrom.viz', value: true },
    ])
    .noValue('–')
    .filterable(true)
    .overrideByName('Began', [{ id: 'custom.width', value: 165 }]);
  for (const [attribute, name, unit] of columns) {
    const isId = attribute === GEN_AI.CONVERSATION_ID;
    panel.overrideByName(name, [
      { id: 'custom.width', value: isId ? 290 : unit === undefined ? 140 : 95 },
      ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
      ...(unit === 's' ? [{ id: 'decimals', value: 1 }] : []),
      // Only the id looks like something to click; a link under every number would be a page of underlines.
      ...(isId ? [{ id: 'links', value: [here().build(), jaeger().build()] }] : []),
    ]);
  }
  return panel;
}

/** Columns of Tempo's table that say nothing here, by their fields' names and by those that are shown. */
const TEMPOS_OWN = [
  ...['traceService', 'traceName', 'spanID', 'name', 'duration'],
  ...['Trace Service', 'Trace Name', 'Span ID', 'Name', 'Duration'],
];
const BEGAN = ['time', 'Start time'];

function search(traceql: string): TempoQuery {
  return new TempoQuery()
    .refId('A')
    .datasource(TEMPO)
    .queryType('traceql')
    .query(traceql)
    .tableType(SearchTableType.Spans)
    .limit(100)
    .spss(MOST_OF_ONE)
    .filters([]);
}

function trace(): PanelBuilder {
  return new PanelBuilder()
    .type('traces')
    .title('Trace')
    .description(`The trace that was clicked, or whose id is given above. ${TRUE_TIME}`)
    .datasource(TEMPO)
    .targets([
      new TempoQuery()
        .refId('A')
        .datasource(TEMPO)
        .queryType('traceql')
        .query('$traceId')
        .tableType(SearchTableType.Traces)
        .filters([]),
    ])
    .links([
      new DashboardLinkBuilder('Open in Jaeger')
        .type(DashboardLinkType.Link)
        .url(`\${jaeger}/trace/\${traceId}`)
        .targetBlank(true),
    ]);
}

function here(): DashboardLinkBuilder {
  const kept = ['conversation', 'show', 'source', 'provider', 'agent'].map(
    (name) => `\${${name}:queryparam}`,
  );
  return new DashboardLinkBuilder('Show its trace below')
    .type(DashboardLinkType.Link)
    .url(`/d/${UID}?\${__url_time_range}&${kept.join('&')}&var-traceId=${TRACE_ID}`);
}

function jaeger(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Open in Jaeger')
    .type(DashboardLinkType.Link)
    .url(`\${jaeger}/trace/${TRACE_ID}`)
    .targetBlank(true);
}
