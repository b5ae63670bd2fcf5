import { validateHeaderName, validateHeaderValue } from 'node:http';

/** Response headers as undici and node:http give them: lower-case names. */
export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The header's value, the first one where it came several times. */
export function headerText(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The media type without its parameters, lower-case; `undefined` where none was sent. */
export function mediaType(headers: ResponseHeaders): string | undefined {
  return headerText(headers, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase() || undefined;
}

/**
 * The request headers with lower-case names, checked once instead of at every request.
 *
 * @throws TypeError naming the header, never its value, if HTTP could not carry it.
 */
export function requestHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
    } catch {
      throw new TypeError(`Expected HTTP header names, got ${JSON.stringify(name)}`);
    }
    try {
      validateHeaderValue(name, value);
    } catch {
      throw new TypeError(
        `Expected the value of the header \`${name}\` to be text HTTP can carry: it has a line break, another ` +
          'control character or a letter beyond Latin-1',
      );
    }
    checked[name.toLowerCase()] = value;
  }
  return checked;
}
