/** Renders what some apply without Helm, from the charts' own values: `node charts/kubernetes/render.ts` writes the files beside this one. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { Charts } from '../testing/helm.ts';
import type { Manifest } from '../testing/manifests.ts';

const platform = (path: string): string => fileURLToPath(new URL(`../platform/${ path }`, import.meta.url));

interface PlainObject {
  kind: string;
  metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> };
}

/** So that Helm takes the object over, rather than refusing one that is not its own, when the release comes later. */
function adoptable(manifest: PlainObject, release: string, namespace: string): PlainObject {
  const { labels, annotations, ...metadata } = manifest.metadata;

  return {
    ...manifest,
    metadata: {
      ...metadata,
      labels: { ...labels, 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { ...annotations, 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace },
    },
  };
}

/** The two namespaces of Tartware itself; those of the platform's other parts come with the platform. */
function namespaces(charts: Charts): PlainObject[] {
  const all: PlainObject[] = charts.render(platform('namespaces'), ['-f', platform('values/namespaces.yaml.gotmpl')]);

  return ['tartware-system', 'database'].map((name) => {
    const found = all.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === name);

    if (found === undefined) {
      throw new Error(`charts/platform/namespaces makes no namespace ${ name }`);
    }

    return adoptable(found, 'namespaces', 'kube-system');
  });
}

function baseConfig(charts: Charts): PlainObject[] {
  const wanted = ['PriorityClass', 'ResourceQuota', 'LimitRange'];
  const rendered = charts.render('tartware', ['--set', 'priorityClasses.create=true,quota.enabled=true,limitRange.enabled=true']);
  const bounds = rendered.filter(({ kind }) => wanted.includes(kind)).sort((a, b) => wanted.indexOf(a.kind) - wanted.indexOf(b.kind));

  return [...namespaces(charts), ...bounds.map((manifest) => adoptable(manifest, 'tartware', 'tartware-system'))];
}

/** The autoscalers, without the labels by which the extension would take Helm for their owner. */
function scalers(manifests: Manifest[], kind: string): PlainObject[] {
  const ofHelm = ['app.kubernetes.io/managed-by', 'helm.sh/chart'];

  return manifests.filter((manifest) => manifest.kind === kind).map((manifest) => {
    const labels = Object.fromEntries(Object.entries(manifest.metadata.labels).filter(([name]) => !ofHelm.includes(name)));

    return { ...manifest, metadata: { ...manifest.metadata, labels } };
  });
}

/** @returns the content of each file by its name */
export function plainManifests(charts: Charts): Record<string, string> {
  const keda = charts.render('tartware', ['-f', 'tartware/values-keda.yaml', '--api-versions', 'keda.sh/v1alpha1']);
  const file = (about: string, objects: PlainObject[]): string => {
    const header = `${ about }\nRendered from the charts' values by charts/kubernetes/render.ts: change them there.`.replace(/^/gm, '# ');

    return `${ header }\n${ objects.map((object) => `---\n${ stringify(object, { lineWidth: 0 }) }`).join('') }`;
  };

  return {
    'base-config.yaml': file('Namespaces with their Pod Security, priorities, quota and limit range. Helm takes them over when it comes later.', baseConfig(charts)),
    'hpa-advanced.yaml': file('The autoscalers of the nine services: for Deployments that Helm did not make, which has them already.', scalers(charts.render('tartware'), 'HorizontalPodAutoscaler')),
    'scaledobject-gateway.yaml': file('The gateway by its requests and its latency, for clusters with KEDA; in place of its autoscaler in hpa-advanced.yaml, never beside it.', scalers(keda, 'ScaledObject')),
  };
}

if (import.meta.main) {
  const charts = new Charts();

  for (const [name, content] of Object.entries(plainManifests(charts))) {
    writeFileSync(new URL(name, import.meta.url), content);
  }
  charts.remove();
}
