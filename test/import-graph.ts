import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Files by the files they import, types included; paths are relative to the project, with slashes. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/**
 * Who imports whom in the project's folders. A statement is recognized as the formatter writes it, which the lint
 * step holds: TypeScript 7 has no parser to ask.
 */
export function readImports(...folders: readonly string[]): Imports {
  const files = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name).replaceAll('\\', '/')),
  );
  return new Map(files.map((file) => [file, importsOf(file, readFileSync(join(ROOT, file), 'utf8'))]));
}

/** The project's own files that `text`, standing at `path`, imports or exports from. */
export function importsOf(path: string, text: string): string[] {
  const statement =
    /^(?:import|export) [^;']*?from '(\.[^']+)'|^import '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm;
  const targets = [...text.matchAll(statement)].map(([, from, bare, late]) => from ?? bare ?? late ?? '');
  return [...new Set(targets.map((target) => join(dirname(path), target).replaceAll('\\', '/')))];
}

/** Every set of files that reach each other, sorted: Tarjan's strongly connected components of more than one file. */
export function circles(imports: Imports): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    const number = order.size;
    order.set(file, number);
    let low = number;
    open.push(file);
    for (const next of imports.get(file) ?? []) {
      if (next === file) found.push([file]);
      else if (!order.has(next)) low = Math.min(low, visit(next));
      else if (open.includes(next)) low = Math.min(low, lowest.get(next) ?? order.get(next) ?? number);
    }
    lowest.set(file, low);
    if (low === number) {
      const circle = open.splice(open.indexOf(file));
      if (circle.length > 1) found.push(circle.sort());
    }
    return low;
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return found;
}
