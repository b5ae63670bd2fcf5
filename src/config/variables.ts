import { profiles, variablesOf, webhookVariable } from '../vendors/registry.ts';

/** Every variable that callspan reads, but for the vendors' own. A test compares it with what the source reads. */
const OWN: readonly string[] = [
  'CALLSPAN_CONFIG',
  'CALLSPAN_CONTENT',
  'CALLSPAN_INCLUDE_SYSTEM_PROMPT',
  'CALLSPAN_LISTEN',
  'CALLSPAN_LOG_LEVEL',
  'CALLSPAN_LOOKBACK',
  'CALLSPAN_MAX_AGE',
  'CALLSPAN_POLL_INTERVAL',
  'CALLSPAN_RETENTION',
  'CALLSPAN_SELF_TRACES',
  'CALLSPAN_STATE',
  'CALLSPAN_STORE_HEADERS',
  'CALLSPAN_WEBHOOKS',
  'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT',
  'OTEL_METRICS_EXPORTER',
  'OTEL_METRIC_EXPORT_INTERVAL',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_SERVICE_NAME',
  ...['', 'TRACES_', 'METRICS_'].flatMap((signal) =>
    [
      ...['ENDPOINT', 'HEADERS', 'TIMEOUT', 'COMPRESSION', 'PROTOCOL'],
      ...['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'],
    ].map((what) => `OTEL_EXPORTER_OTLP_${signal}${what}`),
  ),
];

/** Variables whose value is a secret: each may also be `NAME_FILE`, the path of a file that holds it. */
const SECRETS: readonly string[] = [
  // A database's address has its password in it.
  'CALLSPAN_STATE',
  'CALLSPAN_STORE_HEADERS',
  ...['', 'TRACES_', 'METRICS_'].map((signal) => `OTEL_EXPORTER_OTLP_${signal}HEADERS`),
];

/** Of the specification ("Environment Variable Specification"), for other programs: callspan has no use for them. */
const OTHERS: readonly string[] = [
  ...['OTEL_SDK_DISABLED', 'OTEL_LOG_LEVEL', 'OTEL_PROPAGATORS', 'OTEL_ENTITIES', 'OTEL_CONFIG_FILE'],
  ...['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG', 'OTEL_TRACES_EXPORTER', 'OTEL_LOGS_EXPORTER'],
  ...['OTEL_METRICS_EXEMPLAR_FILTER', 'OTEL_METRIC_EXPORT_TIMEOUT', 'OTEL_SEMCONV_STABILITY_OPT_IN'],
  ...['SCHEDULE_DELAY', 'EXPORT_TIMEOUT', 'MAX_QUEUE_SIZE', 'MAX_EXPORT_BATCH_SIZE'].flatMap((what) => [
    `OTEL_BSP_${what}`,
    `OTEL_BLRP_${what}`,
  ]),
  ...['', 'SPAN_', 'LOGRECORD_', 'EVENT_', 'LINK_'].flatMap((what) => [
    `OTEL_${what}ATTRIBUTE_COUNT_LIMIT`,
    `OTEL_${what}ATTRIBUTE_VALUE_LENGTH_LIMIT`,
  ]),
  ...['OTEL_SPAN_EVENT_COUNT_LIMIT', 'OTEL_SPAN_LINK_COUNT_LIMIT'],
  ...['OTEL_EXPORTER_PROMETHEUS_HOST', 'OTEL_EXPORTER_PROMETHEUS_PORT', 'OTEL_EXPORTER_ZIPKIN_ENDPOINT'],
  ...[
    ...['ENDPOINT', 'HEADERS', 'TIMEOUT', 'COMPRESSION', 'PROTOCOL', 'INSECURE'],
    ...['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'],
  ].map((what) => `OTEL_EXPORTER_OTLP_LOGS_${what}`),
  ...['OTEL_EXPORTER_OTLP_INSECURE', 'OTEL_EXPORTER_OTLP_TRACES_INSECURE'],
  ...['OTEL_EXPORTER_OTLP_METRICS_INSECURE', 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
  'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION',
];

/** Whether the value of a variable is a secret, so that it may also lie in a file. */
export function isSecret(name: string): boolean {
  return (
    SECRETS.includes(name) ||
    profiles().some((profile) => profile.keyVariable === name || webhookVariable(profile) === name)
  );
}

/** Every variable of the environment that callspan reads. */
export function knownVariables(): readonly string[] {
  const names = [...OWN, ...profiles().flatMap(variablesOf)];
  return [...names, ...names.filter(isSecret).map((name) => `${name}_FILE`)];
}

/** Whether a variable is one of OpenTelemetry's that other programs read. */
export function isOthers(name: string): boolean {
  // Instrumentations and language SDKs have whole families of their own.
  return (
    OTHERS.includes(name) || /^OTEL_(?:JAVAAGENT|PYTHON|NODE|GO|DOTNET|PHP|RUBY|INSTRUMENTATION)_/.test(name)
  );
}
