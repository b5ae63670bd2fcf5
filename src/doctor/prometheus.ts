import { parse } from 'yaml';
import { HttpError } from '../http/errors.ts';
import { createHttpClient } from '../http/undici-client.ts';
import { asObject } from '../json/reading.ts';
import { type Finding, good, problem, type Trouble } from './finding.ts';

/** Without these the shipped rules and dashboards show nothing, or too little. */
const RECEIVER = 'web.enable-otlp-receiver';
const FEATURES = 'enable-feature';
const ZERO = 'created-timestamp-zero-ingestion';
const STRATEGY = 'UnderscoreEscapingWithSuffixes';

/**
 * Flags and settings of a Prometheus that callspan's numbers go to.
 * @param url its base URL, such as `http://localhost:9090`.
 */
export async function examinePrometheus(url: string, signal: AbortSignal): Promise<Finding[]> {
  const client = createHttpClient({ baseUrl: url, tries: 1 });
  const found = (trouble: Trouble, costs: string) => problem('prometheus', url, trouble, costs);
  try {
    const flags = asObject(asObject(await client.getJson('/api/v1/status/flags', { signal })).data);
    const text = asObject(asObject(await client.getJson('/api/v1/status/config', { signal })).data).yaml;
    const { otlp } = asObject(parse(String(text ?? '')));
    // Absent, it is this one.
    const strategy = asObject(otlp).translation_strategy ?? STRATEGY;
    const findings = [
      ...(String(flags[RECEIVER]) === 'true'
        ? []
        : [
            found(
              { said: 'it takes no OTLP', mend: `prometheus --${RECEIVER}` },
              'no number arrives, and no alert fires',
            ),
          ]),
      ...(String(flags[FEATURES] ?? '').includes(ZERO)
        ? []
        : [
            found(
              {
                said: 'the first calls of a series are no increase to it',
                mend: `prometheus --${FEATURES}=${ZERO}`,
              },
              'alerts do not see the first slow calls of an agent',
            ),
          ]),
      ...(strategy === STRATEGY
        ? []
        : [
            found(
              {
                said: `it names metrics otherwise than rules and dashboards do (${String(strategy)})`,
                mend: `translation_strategy: ${STRATEGY}  # under otlp in prometheus.yml`,
              },
              'rules and dashboards show nothing',
            ),
          ]),
    ];
    return findings.length > 0
      ? findings
      : [good('prometheus', url, 'its flags and its names of metrics fit')];
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HttpError)) throw error;
    const trouble = {
      said: `it does not answer as Prometheus does: ${error.message}`,
      mend: 'callspan doctor --prometheus <its base URL>',
    };
    return [found(trouble, 'it is not known whether numbers arrive')];
  } finally {
    await client.close();
  }
}
