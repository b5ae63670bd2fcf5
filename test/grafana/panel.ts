import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The dashboards as they are committed, and as Grafana reads them. */

const FOLDER = fileURLToPath(new URL('../../grafana/dashboards/', import.meta.url));

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly time: { readonly from: string; readonly to: string };
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly collapsed?: boolean;
  /** Of a row that is closed. */
  readonly panels?: readonly Panel[];
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string; readonly noValue?: string };
    readonly overrides: readonly { readonly matcher: { readonly options: string } }[];
  };
  readonly options?: { readonly yAxis?: { readonly unit?: string } };
}

interface Target {
  readonly refId: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  /** PromQL. */
  readonly expr?: string;
  readonly legendFormat?: string;
  readonly exemplar?: boolean;
  readonly format?: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  /** TraceQL. */
  readonly query?: string;
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query?: string | { readonly query: string };
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly current?: { readonly value: string | readonly string[] };
  readonly datasource?: { readonly uid: string };
}

/** Every dashboard by its file's name. */
export function readDashboards(): ReadonlyMap<string, Dashboard> {
  return new Map(readdirSync(FOLDER).map((name) => [name, JSON.parse(readFileSync(FOLDER + name, 'utf8'))]));
}

/** All panels that show something, those in closed rows too. */
export function panelsOf(dashboard: Dashboard): Panel[] {
  return dashboard.panels.flatMap((panel) => (panel.type === 'row' ? (panel.panels ?? []) : [panel]));
}

/** One PromQL query of a panel, by the name under which tests speak of it. */
export interface PanelQuery {
  /** The panel's title, and which of its queries: `Felt latency B`. */
  readonly name: string;
  readonly panel: string;
  readonly expr: string;
}

/** All PromQL queries of all dashboards. */
export function promqlOf(dashboards: Iterable<Dashboard>): PanelQuery[] {
  return [...dashboards].flatMap((dashboard) =>
    panelsOf(dashboard).flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ refId, expr }) =>
        expr === undefined
          ? []
          : [{ name: `${dashboard.title}: ${title} ${refId}`, panel: `${dashboard.title}: ${title}`, expr }],
      ),
    ),
  );
}

/** A query as Grafana sends it: variables are put in. */
export function interpolate(expr: string, variables: Readonly<Record<string, string>>): string {
  return expr.replace(/\$(\w+)/g, (whole, name: string) => variables[name] ?? whole);
}
