/** The rules as the chart renders them, and promtool to judge them. */
import { join } from 'node:path';
import { execaSync } from 'execa';
import { parse } from 'yaml';
import { binariesFolder } from '../../sandbox/build/go.ts';
import type { Charts } from './helm.ts';

export interface AlertRule {
  alert: string;
  expr: string;
  for: string;
  keep_firing_for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface RecordingRule {
  record: string;
  expr: string;
  labels?: Record<string, string>;
}

/** What Prometheus loads, and the `spec` of a PrometheusRule. */
export interface RuleFile {
  groups: { name: string; rules: (AlertRule | RecordingRule)[] }[];
}

export interface PrometheusRule {
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  spec: RuleFile;
}

/** With it the chart makes what only a cluster with the Prometheus operator takes. */
export const withMonitoring = ['--api-versions', 'monitoring.coreos.com/v1'];

/** @throws with helm's words when the chart does not render, or renders no rules */
export function renderRules(charts: Charts, settings: readonly string[] = []): PrometheusRule {
  const { ok, output } = charts.template('tartware', [...withMonitoring, '--show-only', 'templates/monitoring/prometheusrule.yaml', ...settings]);

  if (!ok) {
    throw new Error(output);
  }

  return parse(output) as PrometheusRule;
}

export function isAlert(rule: AlertRule | RecordingRule): rule is AlertRule {
  return 'alert' in rule;
}

export function alertsOf({ groups }: RuleFile): AlertRule[] {
  return groups.flatMap(({ rules }) => rules.filter(isAlert));
}

/** @returns whether promtool was content, and what it said */
export function promtool(folder: string, args: readonly string[]): { ok: boolean; output: string } {
  const { failed, all, shortMessage } = execaSync(join(binariesFolder(), 'promtool'), args, { cwd: folder, all: true, reject: false });

  return { ok: !failed, output: all || (shortMessage ?? '') };
}
