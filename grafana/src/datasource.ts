import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';

/** The data sources that grafana/provisioning/datasources defines, by their fixed uids. */
export const PROMETHEUS: DataSourceRef = { type: 'prometheus', uid: 'callspan-prometheus' };
export const TEMPO: DataSourceRef = { type: 'tempo', uid: 'callspan-tempo' };
