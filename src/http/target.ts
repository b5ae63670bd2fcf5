export type Query = Readonly<
  Record<string, string | number | boolean | readonly (string | number | boolean)[] | undefined>
>;

/** The API's place, and the only place: whatever is asked for is turned into a URL inside its origin. */
export class Target {
  /** The base URL without credentials, query and fragment. */
  readonly base: URL;
  readonly origin: string;
  readonly #prefix: string;

  /** @throws TypeError if the base URL is not a plain http or https URL. */
  constructor(baseUrl: string | URL) {
    const url = URL.canParse(String(baseUrl)) ? new URL(baseUrl) : undefined;
    if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
      throw new TypeError('Expected `baseUrl` to be an absolute http or https URL');
    }
    if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
      throw new TypeError('Expected `baseUrl` to have no credentials, query or fragment');
    }
    this.base = url;
    this.origin = url.origin;
    this.#prefix = url.pathname.replace(/\/+$/, '');
  }

  /**
   * @param target a path beginning with `/`, which is put after the base URL's own, or a URL of the same origin.
   * @throws TypeError for anything else: the API key must not travel anywhere else.
   */
  resolve(target: string | URL, query: Query = {}): URL {
    // Behind an origin a path cannot become a host, as `//elsewhere.example` would by itself.
    const spelled =
      typeof target === 'string' && target.startsWith('/') ? this.#joined(target) : String(target);
    const url = URL.canParse(spelled) ? new URL(spelled) : undefined;
    if (url?.origin !== this.origin) {
      throw new TypeError(`Expected a path that begins with "/" or a URL of ${this.origin}`);
    }
    for (const [key, value] of Object.entries(query)) {
      for (const item of Array.isArray(value) ? value : [value]) {
        if (item !== undefined) url.searchParams.append(key, String(item));
      }
    }
    return url;
  }

  #joined(path: string): string {
    return `${this.origin}${this.#prefix}${path}`;
  }
}
