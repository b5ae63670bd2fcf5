import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

/**
 * Reads OTLP/JSON by the official protobuf definitions, as strictly as the protobuf JSON mapping asks for, and as
 * OTLP changes it: ids are hex digits, enums are numbers. Fields that the definitions do not have are passed over.
 */

const FOLDER = new URL('../fixtures/schemas/opentelemetry-proto/', import.meta.url);
const ROOT = new protobuf.Root();
ROOT.resolvePath = (_, target) => fileURLToPath(new URL(target, FOLDER));
ROOT.loadSync([
  'opentelemetry/proto/collector/trace/v1/trace_service.proto',
  'opentelemetry/proto/collector/metrics/v1/metrics_service.proto',
]);
ROOT.resolveAll();
const REQUEST = ROOT.lookupType('opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest');
const METRICS = ROOT.lookupType('opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest');

const HEX_IDS: Readonly<Record<string, number>> = { traceId: 32, spanId: 16, parentSpanId: 16 };

type Json = Record<string, unknown>;

/**
 * What a collector reads from `payload`, after it went through the wire format.
 * @throws Error that names the first field which no collector would take.
 */
export function decodeOtlp(payload: unknown): Json {
  return decodeJson(REQUEST, payload);
}

/** The same of a request of metrics. @throws Error as {@link decodeOtlp} does. */
export function decodeMetrics(payload: unknown): Json {
  return decodeJson(METRICS, payload);
}

function decodeJson(type: protobuf.Type, payload: unknown): Json {
  const message = type.fromObject(read(type, payload, 'request') as Json);
  return decode(type, type.encode(message).finish());
}

function decode(type: protobuf.Type, bytes: Uint8Array): Json {
  return type.toObject(type.decode(bytes), { longs: String, bytes: String });
}

/** What a collector reads from a request in protobuf, in the form of {@link decodeOtlp}. */
export function decodeProtobuf(bytes: Uint8Array): Json {
  return decode(REQUEST, bytes);
}

/** What a collector reads from a request of metrics in protobuf, in the form of {@link decodeMetrics}. */
export function decodeProtobufMetrics(bytes: Uint8Array): Json {
  return decode(METRICS, bytes);
}

function read(type: protobuf.Type, value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${where} is no message`);
  const result: Json = {};
  for (const [name, member] of Object.entries(value)) {
    const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined;
    if (field === undefined) continue;
    const oneof = field.partOf;
    if (oneof?.oneof.some((other) => other !== name && other in result)) {
      throw new Error(`${where} has several of ${oneof.name}`);
    }
    const path = `${where}.${name}`;
    if (!field.repeated) result[name] = readField(field, member, path);
    else {
      if (!Array.isArray(member)) throw new Error(`${path} is no list`);
      result[name] = member.map((item, index) => readField(field, item, `${path}[${index}]`));
    }
  }
  return result;
}

function readField(field: protobuf.Field, value: unknown, where: string): unknown {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) return read(resolvedType, value, where);
  if (resolvedType instanceof protobuf.Enum) {
    if (typeof value !== 'number' || !(value in resolvedType.valuesById))
      throw new Error(`${where}: ${value}`);
    return value;
  }
  if (!fits(field, value)) throw new Error(`${where} is no ${field.type}: ${JSON.stringify(value)}`);
  if (field.type !== 'bytes') return value;
  return Buffer.from(String(value), field.name in HEX_IDS ? 'hex' : 'base64');
}

function fits(field: protobuf.Field, value: unknown): boolean {
  switch (field.type) {
    case 'string':
      return typeof value === 'string' && !/\p{Surrogate}/u.test(value);
    case 'bool':
      return typeof value === 'boolean';
    case 'double':
      return typeof value === 'number' && Number.isFinite(value);
    case 'uint32':
    case 'fixed32':
      return typeof value === 'number' && value === value >>> 0;
    case 'fixed64':
      return isInteger(value, 0n, 2n ** 64n);
    case 'int64':
    case 'sfixed64':
      return isInteger(value, -(2n ** 63n), 2n ** 63n);
    case 'bytes':
      return typeof value === 'string' && isBytes(field.name, value);
    default:
      throw new Error(`${field.type} is not in OTLP`);
  }
}

function isInteger(value: unknown, least: bigint, above: bigint): boolean {
  if (typeof value === 'string' ? !/^-?\d+$/.test(value) : !Number.isSafeInteger(value)) return false;
  const integer = BigInt(value as string | number);
  return integer >= least && integer < above;
}

function isBytes(name: string, value: string): boolean {
  const digits = HEX_IDS[name];
  if (digits === undefined) return Buffer.from(value, 'base64').toString('base64') === value;
  return value.length === digits && /^[0-9a-f]+$/.test(value) && !/^0+$/.test(value);
}
