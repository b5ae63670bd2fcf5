import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** What all of callspan's dashboards have, to find one from the other. */
const TAG = 'callspan';

/** A panel and the room that it takes: columns of 24, and rows of 30 pixels. */
export interface Placed {
  readonly panel: Builder<Panel>;
  readonly width: number;
  readonly height: number;
}

export interface Section {
  readonly title: string;
  /** Closed until somebody opens it, and without queries until then. */
  readonly closed?: boolean;
  readonly panels: readonly Placed[];
}

export interface BoardOptions {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly from: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly sections: readonly Section[];
}

/** A dashboard: sections of panels, with ids in their order. */
export function board({ uid, title, description, from, variables, sections }: BoardOptions): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .timezone('browser')
    .time({ from, to: 'now' })
    .refresh('1m')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...variables])
    .link(
      new DashboardLinkBuilder('callspan')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  let id = 0;
  const numbered = ({ panel, width, height }: Placed): Builder<Panel> => {
    id += 1;
    const built = { ...panel.build(), id, gridPos: { x: 0, y: 0, w: width, h: height } };
    return { build: () => built };
  };
  for (const { title: name, closed = false, panels } of sections) {
    id += 1;
    const row = new RowBuilder(name).id(id).collapsed(closed);
    if (!closed) {
      builder.withRow(row);
      for (const placed of panels) builder.withPanel(numbered(placed));
    } else {
      for (const placed of panels) row.withPanel(numbered(placed));
      builder.withRow(row);
    }
  }
  const built = builder.build();
  // The builder puts links into a menu behind a "+1", which costs a row and hides them.
  return { ...built, links: built.links?.map(({ placement: _, ...link }) => link) ?? [] };
}
