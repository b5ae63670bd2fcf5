/**
 * Runs `create` as if no `OTEL_EXPORTER_OTLP_*` variable were set. The official exporter merges the headers it finds
 * there under those it is given, and reads timeouts, compression and certificates; here the destination is the
 * only truth (callspan's configuration has read those variables already, where they apply). It reads them
 * in its constructor, synchronously, so nothing else can see them missing.
 */
export function withoutExporterSettings<T>(create: () => T): T {
  const hidden = Object.entries(process.env).filter(([name]) => /^OTEL_EXPORTER_OTLP_/i.test(name));
  for (const [name] of hidden) delete process.env[name];
  try {
    return create();
  } finally {
    for (const [name, value] of hidden) process.env[name] = value;
  }
}
