import type { Attributes } from '../conversation.ts';
import type { Environment } from './environment.ts';
import { ConfigError } from './errors.ts';

const SETTING = 'OTEL_RESOURCE_ATTRIBUTES';

/**
 * `OTEL_RESOURCE_ATTRIBUTES`: `key=value,key2=value2`, percent-encoded. `service.name` in it is callspan's own
 * name, not the conversations': their service is the vendor's.
 */
export function resourceAttributes(env: Environment): Attributes {
  const attributes: [string, string][] = [];
  for (const pair of env.text(SETTING)?.split(',') ?? []) {
    if (pair.trim() === '') continue;
    const equals = pair.indexOf('=');
    const key = pair.slice(0, equals).trim();
    if (equals < 1 || key === '')
      throw new ConfigError(`${SETTING}: expected key=value pairs separated by commas.`);
    if (key !== 'service.name') attributes.push([key, decode(pair.slice(equals + 1).trim())]);
  }
  return Object.fromEntries(attributes);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigError(
      `${SETTING}: expected percent-encoded values, and one has a % that encodes nothing.`,
    );
  }
}
