import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { EdgeError } from '../errors.ts';
import type { Upstream } from '../forwarding/upstreams.ts';
import type { ExtensionEntry, ExtensionSource } from './extensions.ts';

const UI_PLUGINS = '/apis/catalog.cattle.io/v1/namespaces/cattle-ui-plugin-system/uiplugins';
/** A Service of the cluster, as an endpoint names it. */
const SERVICE = /^http:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc:(\d+)(\/.*)$/;

interface UiPlugins {
  readonly items: readonly { readonly spec: { readonly plugin: Partial<ExtensionEntry> & Pick<ExtensionEntry, 'name' | 'version' | 'endpoint'> } }[];
}

/**
 * The extensions that are installed in the cluster: UIPlugin objects, and the files from their endpoints. Rancher dials the endpoint and
 * keeps a copy; the edge has no cluster network and asks through the API server's proxy, each time, so that a rebuilt bundle is seen. Its copy
 * is for while the pod is away.
 * @param apiServer with the rights to read UIPlugins and to reach Services
 */
export function installedExtensions(apiServer: Upstream): ExtensionSource {
  const copies = new Map<string, Buffer>();

  return {
    async entries() {
      const { status, body } = await ask(apiServer, UI_PLUGINS);
      if (status !== 200) throw new EdgeError(502, 'BadGateway', `the API server answered ${status} when asked for UIPlugins`, 'see whether it runs: npm run sandbox:status');
      const { items } = JSON.parse(body.toString()) as UiPlugins;
      return items.map(({ spec: { plugin: { name, version, endpoint, noCache = false, noAuth = false, metadata = {} } } }) => ({ name, version, endpoint, noCache, noAuth, metadata }));
    },
    async file({ endpoint }, file) {
      const [, service, namespace, port, path] = SERVICE.exec(endpoint) ?? [];
      if (service === undefined) return undefined;
      const address = `/api/v1/namespaces/${namespace}/services/http:${service}:${port}/proxy${path}/plugin/${file}`;
      const { status, body } = await ask(apiServer, address).catch(() => ({ status: 502, body: Buffer.of() }));
      if (status === 200) copies.set(address, body);
      return status < 500 && status !== 200 ? undefined : copies.get(address);
    },
  };
}

/** Asks as the edge itself, as Rancher's own controllers would. */
async function ask({ target, agent, authorization }: Upstream, path: string): Promise<{ status: number; body: Buffer }> {
  const token = await authorization();
  const options = { host: target.host, port: target.port, path, agent, headers: token === undefined ? {} : { authorization: token } };
  return new Promise((resolve, reject) => {
    const outgoing = (target.protocol === 'https:' ? requestHttps : requestHttp)(options, (response) => {
      buffer(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
