import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { crdsOf, ensureCrds } from '../build/crds.ts';
import { SandboxError } from '../errors.ts';
import { apply, kubectl } from '../kubectl.ts';
import { rulesFolder } from '../parts/monitoring.ts';
import type { Context, Step } from '../supervisor/part.ts';

const LOADED_WITHIN_MS = 15_000;

/** The two kinds of the Prometheus operator that the charts make objects of: with these there, they do. */
export const monitoringKinds: Step = {
  kind: 'step',
  name: 'monitoring-kinds',
  needs: ['kube-apiserver'],
  run: async (context, signal) => {
    await ensureCrds(() => undefined, ['prometheus-operator'], signal);
    const kinds = crdsOf('prometheus-operator', ['PrometheusRule', 'ServiceMonitor']);
    await apply(context, kinds);
    await kubectl(context, ['wait', '--for=condition=Established', '--timeout=30s', ...kinds.map(({ metadata }) => `crd/${metadata.name}`)]);
  },
};

interface PrometheusRule {
  readonly metadata: { readonly name: string; readonly namespace: string };
  /** What a rule file of Prometheus holds. */
  readonly spec: { readonly groups?: readonly { readonly name: string }[] };
}

interface RuleFile {
  readonly path: string;
  /** JSON, which YAML is a superset of. */
  readonly text: string;
  readonly groups: readonly string[];
}

/** A changed rule gets a file of another name, by which Prometheus tells that it took the change. */
function ruleFile(folder: string, { metadata, spec }: PrometheusRule): RuleFile {
  const text = JSON.stringify(spec);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return { path: join(folder, `${metadata.namespace}-${metadata.name}-${hash}.yaml`), text, groups: (spec.groups ?? []).map(({ name }) => name) };
}

/** @throws SandboxError RULES_REFUSED with promtool's words: of a file with a mistake Prometheus would only tell its log */
async function check({ bin }: Context, path: string): Promise<void> {
  const { failed, all } = await execa(join(bin, 'promtool'), ['check', 'rules', path], { reject: false, all: true });
  if (failed) throw new SandboxError('RULES_REFUSED', `Prometheus would refuse the rules of ${path}: ${all}`, 'mend them in charts/tartware/rules; npx vitest run charts/alerts checks them without a sandbox');
}

/** Prometheus looks for changes by itself. */
async function write(context: Context, folder: string, files: readonly RuleFile[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const { path, text } of files.filter((file) => !existsSync(file.path))) {
    const unchecked = `${path}.unchecked`;
    writeFileSync(unchecked, text);
    await check(context, unchecked);
    renameSync(unchecked, path);
  }
  const wanted = new Set(files.map(({ path }) => path));
  for (const path of readdirSync(folder).map((name) => join(folder, name))) if (!wanted.has(path)) rmSync(path);
}

/** What Prometheus has loaded, as `file: group`. */
async function loadedGroups({ address, ports }: Context): Promise<string[]> {
  const response = await fetch(`http://${address}:${ports.prometheus}/api/v1/rules?exclude_alerts=true`, { signal: AbortSignal.timeout(2_000) });
  const { data } = (await response.json()) as { data: { groups: readonly { readonly name: string; readonly file: string }[] } };
  return data.groups.map(({ file, name }) => `${file}: ${name}`).sort();
}

/**
 * Hands the cluster's PrometheusRules to Prometheus, as the Prometheus operator does elsewhere; here once per start.
 * @throws SandboxError RULES_REFUSED, RULES_NOT_LOADED
 */
export const alertRules: Step = {
  kind: 'step',
  name: 'alert-rules',
  needs: ['tartware-chart', 'prometheus'],
  run: async (context, signal) => {
    const { items } = JSON.parse(await kubectl(context, ['get', 'prometheusrules', '--all-namespaces', '--output', 'json'])) as { items: readonly PrometheusRule[] };
    const folder = rulesFolder(context);
    const files = items.map((rule) => ruleFile(folder, rule));
    await write(context, folder, files);
    const wanted = files.flatMap(({ path, groups }) => groups.map((group) => `${path}: ${group}`)).sort();
    const deadline = Date.now() + LOADED_WITHIN_MS;
    while ((await loadedGroups(context)).join() !== wanted.join()) {
      if (Date.now() > deadline) throw new SandboxError('RULES_NOT_LOADED', `Prometheus has not loaded the rules of ${folder} after ${LOADED_WITHIN_MS / 1000} s`, `its log says why: ${context.state('logs', 'prometheus.log')}`);
      await sleep(200, undefined, { signal });
    }
  },
};
