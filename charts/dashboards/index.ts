import { infrastructure } from './infrastructure.ts';
import { toGrafana } from './model.ts';
import type { Dashboard } from './model.ts';
import { overview } from './overview.ts';
import { service } from './service.ts';

/** By the name of their file in the chart, without `.json`. */
export const dashboards: Record<string, Dashboard> = { overview, infrastructure, service };

/** What the chart's files hold. */
export function documents(): Map<string, string> {
  return new Map(Object.entries(dashboards).map(([name, dashboard]) => [`${ name }.json`, `${ JSON.stringify(toGrafana(dashboard), null, 1) }\n`]));
}
