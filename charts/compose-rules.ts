/**
 * The chart's rules as a plain file for the Prometheus of docker-compose.yml: `node charts/compose-rules.ts` writes it anew after a
 * change of the rules.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { apiVersionArgs } from './testing/crds.ts';
import { Charts } from './testing/helm.ts';
import { objectsOf } from './testing/network.ts';

interface PrometheusRule {
  kind: 'PrometheusRule';
  spec: { groups: object[] };
}

export const RULES_FILE = fileURLToPath(new URL('../docker/compose/rules.yml', import.meta.url));

/** @returns the text of a rule file with every group of the umbrella's default values */
export function composeRules(): string {
  const charts = new Charts();

  try {
    const rules = objectsOf<PrometheusRule>(charts.render('tartware', apiVersionArgs('prometheus-operator')), 'PrometheusRule');

    return `# Written by node charts/compose-rules.ts from charts/tartware/rules.\n${ stringify({ groups: rules.flatMap(({ spec }) => spec.groups) }, { lineWidth: 0 }) }`;
  } finally {
    charts.remove();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(RULES_FILE, composeRules());
}
