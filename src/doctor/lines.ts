import type { SourceConfig } from '../config/config.ts';
import type { SettingsFile } from '../config/schema.ts';
import { profileOf, webhookVariable } from '../vendors/registry.ts';
import type { Profile } from '../vendors/vendor.ts';

/** Where the settings came from: the environment, and a file where there is one. */
export interface Origin {
  readonly variables: NodeJS.ProcessEnv;
  readonly file?: { readonly path: string; readonly settings: SettingsFile };
}

/** How settings of a source are written where its present ones stand. */
export class SourceLines {
  readonly #name: string;
  readonly #profile: Profile | undefined;
  readonly #file: string | undefined;

  constructor({ name, provider }: SourceConfig, { file }: Origin) {
    this.#name = name;
    this.#profile = profileOf(provider);
    this.#file = file?.path;
  }

  /** @param which what is known of the right key. */
  key(which: string): string {
    return this.#file === undefined
      ? `export ${this.#profile?.keyVariable}=<${which}>`
      : this.#inFile(`key: \${<the variable with ${which}>}`);
  }

  baseUrl(url: string): string {
    return this.#file === undefined
      ? `export ${this.#profile?.baseUrlVariable}=${url}`
      : this.#inFile(`base_url: ${url}`);
  }

  /** What its webhooks are trusted by. @param before assignments that are to stand in the same line of a shell. */
  webhook(before = ''): string {
    if (this.#file === undefined) {
      const variable = this.#profile && webhookVariable(this.#profile);
      return `export ${before}${variable}=<the webhook's ${this.#profile?.webhook}>`;
    }
    const key = this.#profile?.webhook === 'token' ? 'token' : 'secrets';
    return this.#inFile(
      `webhook: { ${key}: [\${<the variable with the webhook's ${this.#profile?.webhook}>}] }`,
    );
  }

  /** Back to the vendor's own address. */
  get noBaseUrl(): string {
    return this.#file === undefined
      ? `unset ${this.#profile?.baseUrlVariable}`
      : `delete base_url of the source ${this.#name} in ${this.#file}`;
  }

  region(region: string): string {
    return this.#file === undefined
      ? this.baseUrl(this.#profile?.hosts[region] ?? '')
      : this.#inFile(`region: ${region}`);
  }

  agents(ids: readonly string[]): string {
    return this.#inFile(`agents: [${ids.join(', ')}]`);
  }

  rate(perSecond: number): string {
    return this.#file === undefined
      ? 'name the source in a settings file (CALLSPAN_CONFIG), with requests_per_second: 1'
      : this.#inFile(`requests_per_second: ${perSecond}`);
  }

  #inFile(line: string): string {
    return `${line}  # of the source ${this.#name} in ${this.#file}`;
  }
}

/** How the address of a collector is written where its present one stands. */
export function endpointLine(source: string, signal: 'traces' | 'metrics', { variables, file }: Origin) {
  const path = `/v1/${signal}`;
  const base = (url: string) => (url.endsWith(path) ? url.slice(0, -path.length) : url);
  const whole = (url: string) => (url.endsWith(path) || url.includes('<') ? url : `${url}${path}`);
  const own = file?.settings.sources.find(({ name }) => name === source)?.otlp;
  for (const [otlp, place] of [
    [own, `of otlp of the source ${source} in ${file?.path}`],
    [file?.settings.otlp, `of otlp in ${file?.path}`],
  ] as const) {
    if (signal === 'traces' && otlp?.traces_endpoint !== undefined)
      return (url: string) => `traces_endpoint: ${whole(url)}  # ${place}`;
    if (otlp?.endpoint !== undefined) return (url: string) => `endpoint: ${base(url)}  # ${place}`;
  }
  const variable = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`;
  if ((variables[variable] ?? '') !== '') return (url: string) => `export ${variable}=${whole(url)}`;
  return (url: string) => `export OTEL_EXPORTER_OTLP_ENDPOINT=${base(url)}`;
}
