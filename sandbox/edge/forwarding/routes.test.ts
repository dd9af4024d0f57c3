import { describe, expect, it } from 'vitest';
import { forwardingOf, isPublic } from './routes.ts';
import { steveUpstream } from './upstreams.ts';

const upstreams = { steve: steveUpstream('http://127.0.0.1:1'), apiServer: { ...steveUpstream('http://127.0.0.1:2'), name: 'the API server' } };

describe('where a path belongs', () => {
  it.each([
    ['/v1/nodes?page=1', 'Steve', '/v1/nodes?page=1', undefined],
    ['/v1', 'Steve', '/v1', undefined],
    ['/k8s/clusters/local/v1/pods', 'Steve', '/v1/pods', '/k8s/clusters/local'],
    ['/k8s/clusters/local/api/v1/pods?watch=true', 'the API server', '/api/v1/pods?watch=true', undefined],
    ['/k8s/clusters/local/apis', 'the API server', '/apis', undefined],
    ['/k8s/clusters/local/version', 'the API server', '/version', undefined],
    ['/k8s/clusters/local/openapi/v3', 'the API server', '/openapi/v3', undefined],
    ['/version', 'the API server', '/version', undefined],
  ])('%s', (url, name, path, urlPrefix) => {
    const forwarding = forwardingOf(url, upstreams);
    expect([forwarding?.upstream.name, forwarding?.path, forwarding?.urlPrefix]).toEqual([name, path, urlPrefix]);
  });

  it.each(['/v10/x', '/k8s/clusters/local', '/k8s/clusters/other/api', '/k8s/clusters/local/metrics', '/k8s/clusters/local/logs/', '/apis', '/versions'])('%s is nobody\'s', (url) => {
    expect(forwardingOf(url, upstreams)).toBeUndefined();
  });
});

describe('what may be asked without signing in', () => {
  it.each(['/version', '/v1/management.cattle.io.settings', '/v1/management.cattle.io.settings/ui-banners', '/v1/management.cattle.io.settings?exclude=x'])('reading %s', (url) => {
    expect(isPublic('GET', url)).toBe(true);
    expect(isPublic('PUT', url)).toBe(false);
  });

  it.each(['/v1/schemas', '/v1/management.cattle.io.settingsx', '/v1/management.cattle.io.settings/a/b', '/v1/nodes?/v1/management.cattle.io.settings', '/v1/subscribe'])('not %s', (url) => {
    expect(isPublic('GET', url)).toBe(false);
  });
});
