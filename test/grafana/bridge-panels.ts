import { each, one, requestQuantile, type Sample, sum, type World } from './expected.ts';
import type { OwnValue } from './feed.ts';

type Expectation = (world: World) => Sample[];

const amount = ({ value }: OwnValue): number => (typeof value === 'number' ? value : Number.NaN);

/** The values of one instrument, told apart by some of its attributes. */
const told =
  (key: OwnValue['key'], ...attributes: readonly string[]): Expectation =>
  ({ own }) =>
    each(
      own.filter((value) => value.key === key),
      ({ labels }) =>
        Object.fromEntries(attributes.map((name) => [name.replaceAll('.', '_'), String(labels[name])])),
      (group) => sum(group.map(amount)),
    );

const SOURCE = 'callspan.source';

/** What each PromQL query of the dashboard callspan has to answer, but for those about the collector. */
export const BRIDGE_PANELS: Readonly<Record<string, Expectation>> = {
  'Lag A': told('lag'),
  'Dead letters A': told('deadLetters'),
  'Pending A': told('pending'),
  'Collector A': told('collectorUp'),
  'Ledger A': told('ledgerSize'),
  'Overflowing metrics A': () => [],

  'Lag by source A': told('lag', SOURCE),
  'Deliveries A': told('deliveries', 'callspan.result'),
  'On time and late A': ({ truths }) => one(truths.length),
  'On time and late B': ({ late }) => one(late.length),
  'Pending by source A': told('pending', SOURCE),
  'Dead letters by source A': told('deadLetters', SOURCE),
  'Dead letters by source B': told('parked', SOURCE),
  'Rejected spans A': told('spansRejected', SOURCE),

  'Requests A': told('vendorRequests', SOURCE, 'http.response.status_code'),
  'Requests without an answer A': told('vendorErrors', SOURCE, 'error.type'),
  'Request duration, p95 A': ({ own }) =>
    each(
      own.filter(({ key }) => key === 'vendorRequestDuration'),
      ({ labels }) => ({ callspan_source: String(labels[SOURCE]) }),
      (group) =>
        requestQuantile(
          0.95,
          group.flatMap(({ value }) => value),
        ),
    ),
  'Drift A': told('drift', SOURCE),
};
