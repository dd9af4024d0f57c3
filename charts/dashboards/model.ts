/** A dashboard as its author thinks of it, and the JSON that Grafana 11 and 12 read. */

/** Units that Grafana knows, by what they mean. */
export type Unit = 'reqps' | 'ops' | 's' | 'percentunit' | 'short' | 'bytes' | 'Bps' | 'cores';

export interface Query {
  expr: string;
  /** `{{label}}` is replaced by Grafana. */
  legend: string;
}

export interface Panel {
  title: string;
  /** What it tells, and what to do with it. */
  description: string;
  kind: 'timeseries' | 'stat';
  unit: Unit;
  queries: Query[];
  /** Where an alert begins: drawn as a line, or as the colour of a figure. */
  limit?: { value: number; severity: 'warning' | 'critical' };
  /** Series on top of each other, where their sum means something. */
  stacked?: boolean;
  /** Of the 24 columns. */
  width: 4 | 6 | 8 | 12 | 24;
}

export interface Row {
  title: string;
  panels: Panel[];
}

export interface Variable {
  name: string;
  label: string;
  /** A query of labels. */
  query: string;
  /** Chosen at first; none: all. */
  initial?: string;
}

export interface Dashboard {
  /** Part of its address. */
  uid: string;
  title: string;
  description: string;
  variables: Variable[];
  rows: Row[];
}

const COLUMNS = 24;
const HEIGHTS = { timeseries: 8, stat: 4 } as const;
const COLOURS = { warning: '#E69F00', critical: '#D55E00', well: '#009E73' } as const;
/** Grafana has no unit for CPU cores: a plain number then. */
const GRAFANA_UNITS: Record<Unit, string> = { reqps: 'reqps', ops: 'ops', s: 's', percentunit: 'percentunit', short: 'short', bytes: 'bytes', Bps: 'Bps', cores: 'none' };
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;
/** Of Grafana 11.0; newer ones bring a dashboard up to date when they load it. */
const SCHEMA_VERSION = 39;

/** Figures of one namespace, of all clusters or one. Without a label `cluster`, `.*` holds too. */
export const SCOPE = 'cluster=~"$cluster", namespace="$namespace"';

function thresholds(limit: Panel['limit']): object {
  const steps = [{ color: COLOURS.well, value: null }, ...(limit ? [{ color: COLOURS[limit.severity], value: limit.value }] : [])];

  return { mode: 'absolute', steps };
}

function fieldConfig({ kind, unit, limit, stacked = false }: Panel): object {
  const common = { unit: GRAFANA_UNITS[unit], min: 0, thresholds: thresholds(limit) };

  if (kind === 'stat') {
    return { defaults: { ...common, color: { mode: 'thresholds' } }, overrides: [] };
  }
  const custom = {
    drawStyle: 'line', lineWidth: 1, fillOpacity: stacked ? 30 : 5, showPoints: 'never', spanNulls: false,
    stacking: { mode: stacked ? 'normal' : 'none', group: 'A' }, thresholdsStyle: { mode: limit ? 'dashed' : 'off' },
  };

  return { defaults: { ...common, color: { mode: 'palette-classic' }, custom }, overrides: [] };
}

function options({ kind }: Panel): object {
  return kind === 'stat'
    ? { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, colorMode: 'value', graphMode: 'area', textMode: 'auto' }
    : { legend: { showLegend: true, displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] }, tooltip: { mode: 'multi', sort: 'desc' } };
}

interface Place {
  x: number;
  y: number;
  id: number;
}

function panelJson(panel: Panel, { x, y, id }: Place): object {
  return {
    id,
    type: panel.kind,
    title: panel.title,
    description: panel.description,
    datasource: DATASOURCE,
    gridPos: { x, y, w: panel.width, h: HEIGHTS[panel.kind] },
    fieldConfig: fieldConfig(panel),
    options: options(panel),
    targets: panel.queries.map(({ expr, legend }, index) => ({ refId: String.fromCharCode(65 + index), datasource: DATASOURCE, expr, legendFormat: legend, editorMode: 'code', range: true })),
  };
}

/** Panels from left to right, and into the next line where one is full. */
function rowsJson(rows: readonly Row[]): object[] {
  const result: object[] = [];
  let y = 0;

  for (const { title, panels } of rows) {
    result.push({ id: result.length + 1, type: 'row', title, collapsed: false, gridPos: { x: 0, y, w: COLUMNS, h: 1 }, panels: [] });
    y += 1;
    let x = 0;
    let height = 0;

    for (const panel of panels) {
      if (x + panel.width > COLUMNS) {
        [x, y, height] = [0, y + height, 0];
      }
      result.push(panelJson(panel, { x, y, id: result.length + 1 }));
      x += panel.width;
      height = Math.max(height, HEIGHTS[panel.kind]);
    }
    y += height;
  }

  return result;
}

function variableJson({ name, label, query, initial }: Variable): object {
  const choice = initial === undefined ? { includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' } } : { includeAll: false, current: { text: initial, value: initial } };

  return { name, label, type: 'query', datasource: DATASOURCE, query: { query, refId: name }, definition: query, refresh: 2, sort: 1, multi: false, options: [], ...choice };
}

/** The document that Grafana imports or finds in a ConfigMap. */
export function toGrafana({ uid, title, description, variables, rows }: Dashboard): object {
  const datasource = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', includeAll: false, multi: false, options: [], refresh: 1 };
  const others = { type: 'dashboards', tags: ['tartware'], title: 'Tartware', asDropdown: true, includeVars: true, keepTime: true, targetBlank: false, icon: 'external link', tooltip: '', url: '' };

  return {
    uid,
    title,
    description,
    tags: ['tartware'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    links: [others],
    annotations: { list: [] },
    templating: { list: [datasource, ...variables.map(variableJson)] },
    panels: rowsJson(rows),
  };
}

export const CLUSTER: Variable = { name: 'cluster', label: 'Cluster', query: 'label_values(up, cluster)' };
export const NAMESPACE: Variable = { name: 'namespace', label: 'Namespace', query: 'label_values(kube_horizontalpodautoscaler_spec_max_replicas{cluster=~"$cluster"}, namespace)', initial: 'tartware-system' };
export const SERVICE: Variable = { name: 'service', label: 'Service', query: 'label_values(process_start_time_seconds{cluster=~"$cluster", namespace="$namespace"}, service)', initial: 'api-gateway' };
