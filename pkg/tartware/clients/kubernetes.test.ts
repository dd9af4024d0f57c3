import { select } from '@tartware/domain';
import { describe, expect, it, vi } from 'vitest';
import { createKubernetesClient } from './kubernetes.ts';
import { createPrometheusClient } from './prometheus.ts';

describe('the Kubernetes client', () => {
  it('lists our autoscalers of the cluster it was made for', async () => {
    const send = vi.fn().mockResolvedValue({ items: [{ kind: 'HorizontalPodAutoscaler' }] });

    await expect(createKubernetesClient(send, 'c-m-abc').listAutoscalers()).resolves.toEqual([{ kind: 'HorizontalPodAutoscaler' }]);
    expect(send.mock.calls[0]?.[0].url).toBe(
      '/k8s/clusters/c-m-abc/apis/autoscaling/v2/namespaces/tartware-system/horizontalpodautoscalers?labelSelector=app.kubernetes.io%2Fpart-of%3Dtartware',
    );
  });

  it('refuses an answer that is no list', async () => {
    const client = createKubernetesClient(vi.fn().mockResolvedValue({ data: '<html>' }), 'local');

    await expect(client.listAutoscalers()).rejects.toMatchObject({ code: 'MALFORMED' });
  });

  it('sends a patch as JSON Patch', async () => {
    const send = vi.fn().mockResolvedValue({});

    await createKubernetesClient(send, 'local').patchAutoscaler('core', [{ op: 'test', path: '/metadata/uid', value: 'u' }]);
    expect(send).toHaveBeenCalledWith(expect.objectContaining({
      method: 'patch',
      url: '/k8s/clusters/local/apis/autoscaling/v2/namespaces/tartware-system/horizontalpodautoscalers/core',
      headers: { 'content-type': 'application/json-patch+json' },
      data: [{ op: 'test', path: '/metadata/uid', value: 'u' }],
    }));
  });

  it('finds the sandbox\'s message, and none in a real cluster', async () => {
    const sandbox = createKubernetesClient(vi.fn().mockResolvedValue({ items: [{ data: { message: '100 nodes are simulated.' } }] }), 'local');
    const real = createKubernetesClient(vi.fn().mockResolvedValue({ items: [] }), 'local');

    await expect(sandbox.readSandboxNotice()).resolves.toBe('100 nodes are simulated.');
    await expect(real.readSandboxNotice()).resolves.toBeUndefined();
  });

  it('asks the API server what the user may do', async () => {
    const send = vi.fn().mockResolvedValue({ status: { allowed: false, reason: 'no binding' } });
    const client = createKubernetesClient(send, 'local');

    await expect(client.canI({ verb: 'patch', group: 'autoscaling', resource: 'horizontalpodautoscalers', namespace: 'tartware-system' })).resolves.toEqual({ allowed: false, reason: 'no binding' });
    expect(send.mock.calls[0]?.[0].data.spec.resourceAttributes).toEqual({
      namespace: 'tartware-system', verb: 'patch', group: 'autoscaling', resource: 'horizontalpodautoscalers',
    });
  });
});

describe('the Prometheus client', () => {
  it('goes through the service proxy under Rancher\'s name for it, with the expression escaped', async () => {
    const send = vi.fn().mockResolvedValue({ status: 'success', data: { resultType: 'matrix', result: [] } });

    await createPrometheusClient(send, 'local').queryRange(select('up', [{ label: 'job', is: 'equal', value: 'a+b' }]), { from: 0, to: 60, step: 10 });
    expect(send.mock.calls[0]?.[0].url).toBe(
      '/k8s/clusters/local/api/v1/namespaces/cattle-monitoring-system/services/http:rancher-monitoring-prometheus:9090/proxy/api/v1/query_range?query=up%7Bjob%3D%22a%2Bb%22%7D&start=0&end=60&step=10',
    );
  });
});
