import type { Forwarding } from './forwarder.ts';
import type { Upstream } from './upstreams.ts';

export interface Upstreams {
  readonly steve: Upstream;
  readonly apiServer: Upstream;
}

/** The one cluster of the sandbox, in the place that Rancher gives to each of many. */
const CLUSTER = '/k8s/clusters/local';
const KUBERNETES_PATH = /^\/(api|apis|version|openapi)(\/|\?|$)/;
const STEVE_PATH = /^\/v1(\/|\?|$)/;
/** Anybody may ask for these: RBAC decides what of them nobody in particular gets to see. The sign-in page needs them. */
const PUBLIC_PATH = /^\/(v1\/management\.cattle\.io\.settings(\/[^/?]+)?|version)\/?(\?|$)/;

/** Where a path of the edge belongs, if it is Steve's or the API server's. */
export function forwardingOf(url: string, { steve, apiServer }: Upstreams): Forwarding | undefined {
  if (url.startsWith(`${CLUSTER}/`)) {
    const path = url.slice(CLUSTER.length);
    if (STEVE_PATH.test(path)) return { upstream: steve, path, urlPrefix: CLUSTER };
    return KUBERNETES_PATH.test(path) ? { upstream: apiServer, path } : undefined;
  }
  if (STEVE_PATH.test(url)) return { upstream: steve, path: url };
  return /^\/version\/?(\?|$)/.test(url) ? { upstream: apiServer, path: url } : undefined;
}

export function isPublic(method: string | undefined, url: string): boolean {
  return method === 'GET' && PUBLIC_PATH.test(url);
}
