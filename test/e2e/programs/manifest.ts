import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** A Go module whose commands are built as they come. */
export interface GoManifest {
  readonly kind: 'go';
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** Paths of the main packages inside the module. */
  readonly packages: readonly string[];
  readonly tags: readonly string[];
  readonly ldflags: string;
  /** `module`: begin with the go.sum that lies in the module itself. */
  readonly sums?: 'module';
  /** Files to add to a copy of the module's source before it is built, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What the manifest says, without its comments: what the cache is keyed by. */
  readonly identity: string;
}

/** A collector, put together by the collector's own builder from the components that the file lists. */
export interface CollectorManifest {
  readonly kind: 'collector';
  readonly name: string;
  readonly version: string;
  /** What the binary is called. */
  readonly binary: string;
  /** The manifest as it is written, for the builder. */
  readonly text: string;
  readonly identity: string;
}

export type Manifest = GoManifest | CollectorManifest;

/** Reads `<name>.yaml` next to this file. */
export async function readManifest(name: string): Promise<Manifest> {
  const text = await readFile(fileURLToPath(new URL(`${name}.yaml`, import.meta.url)), 'utf8');
  const content: Record<string, unknown> = parse(text);
  const identity = JSON.stringify(content);
  if (typeof content.dist === 'object' && content.dist !== null && 'version' in content.dist) {
    const { name: binary, version } = content.dist as { name?: unknown; version: unknown };
    return { kind: 'collector', name, version: String(version), binary: String(binary), text, identity };
  }
  const {
    module,
    version,
    packages,
    tags = [],
    ldflags = '',
    sums,
    files = {},
  } = content as Partial<GoManifest>;
  if (module === undefined || version === undefined || packages === undefined) {
    throw new Error(`${name}.yaml must name a module, its version and its packages`);
  }
  const optional = sums === undefined ? {} : { sums };
  return { kind: 'go', name, module, version, packages, tags, ldflags, files, identity, ...optional };
}
