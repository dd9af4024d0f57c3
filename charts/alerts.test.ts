import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { Charts } from './testing/helm.ts';
import { mutations } from './testing/rule-mutations.ts';
import type { Mutation } from './testing/rule-mutations.ts';
import { alertsOf, promtool, renderRules, withMonitoring } from './testing/rules.ts';
import type { AlertRule, PrometheusRule, RuleFile } from './testing/rules.ts';
import { sizing } from './testing/services.ts';

const testsFolder = fileURLToPath(new URL('tartware/rules/tests', import.meta.url));
const runbooksFolder = fileURLToPath(new URL('../docs/runbooks', import.meta.url));
const withGrafana = ['--set', 'monitoring.grafanaUrl=https://grafana.example.com/'];

/** promtool and helm have both cores in a quiet run, and little of them in a busy one. */
vi.setConfig({ testTimeout: 120_000 });

let charts: Charts;
let rendered: PrometheusRule;
let alerts: AlertRule[];
let folder: string;

beforeAll(() => {
  charts = new Charts();
  rendered = renderRules(charts, withGrafana);
  alerts = alertsOf(rendered.spec);
  folder = mkdtempSync(join(tmpdir(), 'tartware-rules-'));
  cpSync(testsFolder, folder, { recursive: true });
  writeFileSync(join(folder, 'rules.yaml'), stringify(rendered.spec));
  writeFileSync(join(folder, 'rules-istio.yaml'), stringify(renderRules(charts, ['--set', 'monitoring.rules.source=istio-ambient']).spec));
});
afterAll(() => {
  charts.remove();
  rmSync(folder, { recursive: true, force: true });
});

const testFiles = readdirSync(testsFolder);

describe('the alerts', () => {
  test('are those that were asked for, with their severities', () => {
    expect(Object.fromEntries(alerts.map(({ alert, labels }) => [alert, labels.severity]))).toEqual({
      TartwareHighRequestRate: 'warning',
      TartwareLatencyP95High: 'warning',
      TartwareLatencyP99Critical: 'critical',
      TartwareErrorRatioHigh: 'critical',
      TartwareServiceDown: 'critical',
      TartwareHpaMaxedOut: 'critical',
      TartwareDatabasePoolHigh: 'warning',
      TartwareHpaUnableToScale: 'warning',
      TartwareMetricsAbsent: 'warning',
      TartwareOutboxStuck: 'critical',
      TartwareConsumerLagHigh: 'warning',
    });
  });

  test('promtool finds nothing wrong with them', () => {
    const { ok, output } = promtool(folder, ['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yaml', 'rules-istio.yaml']);

    expect(ok, output).toBe(true);
  });

  test('fire when they should and only then: promtool runs a test file per alert', () => {
    expect(testFiles.map((file) => basename(file, '.yaml')).sort()).toEqual([...alerts.map(({ alert }) => alert), 'istio'].sort());
    const { ok, output } = promtool(folder, ['test', 'rules', '--diff', ...testFiles]);

    expect(ok, output).toBe(true);
  });

  test('each has its runbook and each runbook its alert', () => {
    const runbooks = readdirSync(runbooksFolder).filter((file) => file !== 'README.md');

    expect(alerts.map(({ annotations }) => annotations.runbook_url?.split('/').at(-1)).sort()).toEqual(runbooks.sort());
    for (const { alert } of alerts) {
      expect(readFileSync(join(runbooksFolder, `${ alert }.md`), 'utf8').split('\n')[0], alert).toBe(`# ${ alert }`);
    }
  });

  // A rollback renders nothing: no template can keep what somebody set, as an upgrade's does.
  test('their runbooks roll back in the one way that keeps limits that somebody set, and does not end half way', () => {
    const commands = readdirSync(runbooksFolder).flatMap((file) => readFileSync(join(runbooksFolder, file), 'utf8').split('\n').filter((line) => /helm .*rollback/.test(line)).map((line) => [file, line.split(' #')[0]?.trim()]));

    expect(commands).toEqual([['README.md', 'helm -n $NS rollback tartware --force-conflicts']]);
    expect(charts.helm(['rollback', '--help']).output).toContain('--force-conflicts');
  });

  // By itself kubectl gives ten lines of each pod that a selector finds, refuses more than five pods, and reads one pod of a Deployment.
  test('their runbooks read the logs of all of a service\'s pods, and of each as much as is asked for', () => {
    const commands = readdirSync(runbooksFolder).flatMap((file) => readFileSync(join(runbooksFolder, file), 'utf8').match(/kubectl -n \$NS logs [^`]*/g) ?? []);
    const pods = Math.max(...Object.values(sizing).map(({ pods: [, most] }) => most));

    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands) {
      expect(command).toMatch(/ -l app\.kubernetes\.io\/name=<service> .*--tail=(-1|\d+) --prefix --max-log-requests=/);
      expect(Number(/--max-log-requests=(\d+)/.exec(command)?.[1]), command).toBeGreaterThanOrEqual(pods);
    }
  });

  test('the runbook of a consumer that is behind knows how many pods can share a topic', () => {
    const { dataStores: { kafka: { topics } } } = parse(readFileSync(new URL('tartware/values.yaml', import.meta.url), 'utf8')) as { dataStores: { kafka: { topics: Record<string, { partitions: number }> } } };
    const { 'dead-letters': deadLetters, ...events } = topics;
    const partitions = new Set(Object.values(events).map((topic) => topic.partitions));

    expect(readFileSync(join(runbooksFolder, 'TartwareConsumerLagHigh.md'), 'utf8')).toContain(`(${ [...partitions].join(' or ') } partitions where the chart makes the topics, dead letters ${ deadLetters?.partitions };`);
  });

  test('stand in docs/monitoring.md with their severity and how long they wait', () => {
    const documented = readFileSync(new URL('../docs/monitoring.md', import.meta.url), 'utf8').matchAll(/^\| \[(Tartware\w+)\]\(runbooks\/\1\.md\) \| (\w+) \| .+ \| (\d+) min \| /gm);
    const inWords = [...documented].map(([, alert, severity, minutes]) => [alert, severity, `${ minutes }m`]);

    expect(inWords.sort()).toEqual(alerts.map(({ alert, labels, ...rule }) => [alert, labels.severity, rule.for]).sort());
  });

  test('carry what routes and explains them', () => {
    for (const { alert, labels, annotations, ...rule } of alerts) {
      expect(Object.keys(annotations).sort(), alert).toEqual(['dashboard_url', 'description', 'runbook_url', 'summary']);
      expect(annotations.dashboard_url, alert).toMatch(/^https:\/\/grafana\.example\.com\/d\/tartware-(overview|service)\?/);
      expect(labels.team, alert).toBe('tartware');
      expect(rule.for, alert).toMatch(/^(5|10|15)m$/);
    }
  });
});

describe('the chart', () => {
  test('makes rules only where the cluster knows them, and not when they are switched off', () => {
    const kinds = (...args: string[]): string[] => charts.render('tartware', args).map(({ kind }) => kind as string);

    expect(kinds()).not.toContain('PrometheusRule');
    expect(kinds(...withMonitoring, '--set', 'monitoring.rules.enabled=false')).not.toContain('PrometheusRule');
    expect(kinds(...withMonitoring).filter((kind) => kind === 'PrometheusRule')).toHaveLength(1);
  });

  test('takes thresholds, team, labels and addresses from the values, and names no dashboard while nobody says where Grafana is', () => {
    const { metadata, spec } = renderRules(charts, [
      '--set-json', 'monitoring.thresholds={"errorRatio":0.02,"requestsPerSecond":100}',
      '--set', 'monitoring.rules.team=night,monitoring.rules.labels.release=kube-prometheus-stack,monitoring.runbookBaseUrl=https://wiki.example.com/runbooks/',
    ]);
    const [errors] = alertsOf(spec).filter(({ alert }) => alert === 'TartwareErrorRatioHigh');

    expect(metadata).toMatchObject({ name: 'tartware', namespace: 'tartware-system', labels: { 'app.kubernetes.io/part-of': 'tartware', release: 'kube-prometheus-stack' } });
    expect(errors).toMatchObject({ expr: expect.stringContaining('> 0.02\n'), labels: { team: 'night' }, annotations: { runbook_url: 'https://wiki.example.com/runbooks/TartwareErrorRatioHigh.md' } });
    expect(errors?.annotations.description).toContain('more than {{ 0.02 | humanizePercentage }}');
    expect(alertsOf(spec).flatMap(({ annotations }) => Object.keys(annotations))).not.toContain('dashboard_url');
  });

  test.each([
    ['thresholds.errorRatio=5', '/monitoring/thresholds/errorRatio'],
    ['thresholds.latencyP95Second=1', "'latencyP95Second' not allowed"],
    ['thresholds.requestsPerSecond=many', '/monitoring/thresholds/requestsPerSecond'],
    ['rules.source=istio', '/monitoring/rules/source'],
    ['grafanaUrl=grafana', '/monitoring/grafanaUrl'],
  ])('refuses monitoring.%s and says where', (setting, words) => {
    const { ok, output } = charts.template('tartware', ['--set', `monitoring.${ setting }`]);

    expect(ok).toBe(false);
    expect(output).toContain(words);
  });
});

/** A wrong set of rules, and the test groups that have to notice it. */
interface Mutant {
  name: string;
  rules: RuleFile;
  alert: string;
  caughtBy: (testName: string) => boolean;
}

function withFor(file: RuleFile, alert: string, change: (minutes: number) => string): RuleFile {
  const copy = structuredClone(file);

  for (const rule of alertsOf(copy).filter((one) => one.alert === alert)) {
    rule.for = change(Number.parseInt(rule.for, 10));
  }

  return copy;
}

function changed(file: RuleFile, { from, to }: Mutation): RuleFile {
  const copy = structuredClone(file);
  const rules = copy.groups.flatMap((group) => group.rules);

  for (const rule of rules) {
    rule.expr = rule.expr.replaceAll(from, to);
    if ('alert' in rule) {
      rule.labels = Object.fromEntries(Object.entries(rule.labels).map(([name, value]) => [name, value.replaceAll(from, to)]));
    }
  }

  return copy;
}

function mutantsOf(file: RuleFile): Mutant[] {
  const atFor = (testName: string): boolean => testName.startsWith('fires after');
  const durations = alertsOf(file).flatMap(({ alert }): Mutant[] => [
    { name: `${ alert }, for a step longer`, alert, rules: withFor(file, alert, (minutes) => `${ minutes }m30s`), caughtBy: atFor },
    { name: `${ alert }, for a step shorter`, alert, rules: withFor(file, alert, (minutes) => `${ minutes - 1 }m30s`), caughtBy: atFor },
  ]);

  return [...durations, ...mutations.map((mutation): Mutant => ({
    name: `${ mutation.alert }: ${ mutation.from } became ${ mutation.to }`,
    alert: mutation.alert,
    rules: changed(file, mutation),
    caughtBy: (testName) => testName === mutation.caughtBy,
  }))];
}

/** Writes a mutant's rules, and of its alert's tests only those that have to notice it. */
function writeMutant({ rules, alert, caughtBy, name }: Mutant, index: number): string {
  const { tests, ...rest } = parse(readFileSync(join(testsFolder, `${ alert }.yaml`), 'utf8')) as { tests: { name: string }[] };
  const chosen = tests.filter((one) => caughtBy(one.name));

  expect(rules, `${ name }: nothing was changed`).not.toEqual(rendered.spec);
  expect(chosen, name).toHaveLength(1);
  writeFileSync(join(folder, `mutant-${ index }.rules.yaml`), stringify(rules));
  writeFileSync(join(folder, `mutant-${ index }.yaml`), stringify({ ...rest, rule_files: [`mutant-${ index }.rules.yaml`], tests: chosen }));

  return `mutant-${ index }.yaml`;
}

describe('the tests of the alerts', () => {
  /** One promtool for all: a test file may name rules of its own. */
  test('notice every way in which a rule can be wrong', () => {
    const mutants = mutantsOf(rendered.spec);
    const { output } = promtool(folder, ['test', 'rules', '--junit', 'junit.xml', ...mutants.map(writeMutant)]);
    const report = readFileSync(join(folder, 'junit.xml'), 'utf8');
    const noticed = new Map([...report.matchAll(/<testsuite name="([^"]+)" tests="1" failures="(\d+)" errors="0"/g)].map(([, file, failures]) => [file, failures !== '0']));

    expect(noticed.size, output).toBe(mutants.length);
    expect(mutants.filter((_mutant, index) => noticed.get(`mutant-${ index }.yaml`) === false).map(({ name }) => name)).toEqual([]);
  });
});
