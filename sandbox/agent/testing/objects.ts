import type { V1Container, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import type { TestCluster } from '../../testing/cluster.ts';

/** A container that runs a shell script; dollars in it are the shell's, not Kubernetes'. */
export function shell(script: string, more: Partial<V1Container> = {}): V1Container {
  return { name: 'main', image: 'test/shell:1', args: [script.replaceAll('$', '$$$$')], ...more };
}

export function pod(name: string, container: V1Container, spec: Partial<V1PodSpec> = {}): V1Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { terminationGracePeriodSeconds: 5, containers: [container], ...spec } };
}

export function job(name: string, container: V1Container, backoffLimit: number): object {
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: 'default' }, spec: { backoffLimit, template: { spec: { restartPolicy: 'Never', containers: [container] } } } };
}

export async function get<Kind>(cluster: TestCluster, kind: string, name: string): Promise<Kind> {
  return JSON.parse(await cluster.kubectl('get', kind, name, '-o', 'json')) as Kind;
}

/** Whether the API server still knows the object. */
export async function exists(cluster: TestCluster, kind: string, name: string): Promise<boolean> {
  return (await cluster.kubectl('get', kind, name, '--ignore-not-found', '-o', 'name')) !== '';
}

/** Whether there is a process of this id; refuses what is no id, so that a test can't pass by a typing error. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) throw new Error(`${pid} is no process id`);
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
