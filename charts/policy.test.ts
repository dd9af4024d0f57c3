import type { KubernetesObject, V1PodSpec } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { everyApiVersionArgs } from './testing/crds.ts';
import { Charts } from './testing/helm.ts';
import { matrix } from './testing/matrix.ts';
import { hookRules } from './testing/policy-hooks.ts';
import { autoscalerRules, disruptionRules, portRules, workloadsOf } from './testing/policy-objects.ts';
import type { Workload } from './testing/policy-objects.ts';
import { containerRules, podSecurity, serverRules } from './testing/policy.ts';

/** The only pods that talk to Kubernetes, and so get a token. */
const WITH_TOKEN = ['Deployment tartware-controller'];

const charts = new Charts();
const variants = matrix(charts);

afterAll(() => charts.remove());

function objectsOf({ chart, namespace, args }: (typeof variants)[number]): KubernetesObject[] {
  const { ok, output } = charts.helm(['template', 'tartware', chart, '--namespace', namespace, ...everyApiVersionArgs(), ...args]);

  if (!ok) {
    throw new Error(output);
  }

  return parseAllDocuments(output).map((document) => document.toJS() as KubernetesObject | null).filter((object) => object !== null);
}

describe.each(variants)('$name', (variant) => {
  let objects: KubernetesObject[];
  let workloads: Workload[];
  const perPod = (rule: (pod: V1PodSpec, workload: Workload) => string[], which = workloads): string[] => which.flatMap((workload) => (
    workload.template.spec === undefined ? [] : rule(workload.template.spec, workload).map((message) => `${ workload.title }: ${ message }`)
  ));

  beforeAll(() => {
    objects = objectsOf(variant);
    workloads = workloadsOf(objects);
  });

  // The sandbox has one real node, which its services are held to.
  const isSandbox = variant.name.startsWith('sandbox');

  test('every pod meets Pod Security "restricted" in full', () => {
    expect(perPod(podSecurity)).toEqual([]);
  });

  test('every container has requests, limits, a read-only root and an image of a version', () => {
    expect(perPod(containerRules)).toEqual([]);
  });

  test('only those that talk to Kubernetes get a token', () => {
    expect(perPod(({ automountServiceAccountToken }, { title }) => (automountServiceAccountToken === false || WITH_TOKEN.includes(title) ? [] : ['gets a token']))).toEqual([]);
  });

  test('every server is probed in three ways, and spread', () => {
    const violations = perPod((pod, { alone }) => serverRules(pod, alone), workloads.filter(({ serves }) => serves));

    expect(isSandbox ? violations.filter((message) => !message.endsWith('is not spread')) : violations).toEqual([]);
  });

  test('each Deployment has one budget for disruptions, and one who says how many pods it has', () => {
    expect([...disruptionRules(objects), ...autoscalerRules(objects)]).toEqual([]);
  });

  test('what runs before an install names nothing that only the install makes', () => {
    expect(hookRules(objects)).toEqual([]);
  });

  test('Service, container, variables and ServiceMonitor agree on ports', () => {
    expect(portRules(objects)).toEqual([]);
  });
});
