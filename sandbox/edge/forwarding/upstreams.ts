import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { SandboxError } from '../../errors.ts';

/** Where requests go, and how the edge shows who it is there. */
export interface Upstream {
  readonly name: string;
  readonly target: { readonly protocol: string; readonly host: string; readonly port: string };
  readonly agent: HttpAgent | HttpsAgent;
  /** For WebSockets, which keep their connection to themselves. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly rejectUnauthorized?: boolean };
  /** The edge's own Authorization header, for kubeconfigs with a token; asked for each request, since tokens change. */
  authorization(): Promise<string | undefined>;
}

/** Idle connections are given up before the other side does it. */
const IDLE_MS = 30_000;
const AGENT = { keepAlive: true, timeout: IDLE_MS };

export function steveUpstream(address: string): Upstream {
  return { name: 'Steve', target: targetOf(new URL(address)), agent: new HttpAgent(AGENT), tls: {}, authorization: async () => undefined };
}

/**
 * The API server of the kubeconfig's current context, as its user, who has to be allowed to impersonate.
 * @throws SandboxError EDGE_KUBECONFIG
 */
export async function apiServerUpstream(kubeconfigPath: string): Promise<Upstream> {
  const config = loadKubeconfig(kubeconfigPath);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new SandboxError('EDGE_KUBECONFIG', `${kubeconfigPath} names no cluster in its current context`, 'give a kubeconfig with which kubectl works');
  const credentials = async (): Promise<RequestOptions> => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return options;
  };
  const { ca, cert, key, rejectUnauthorized } = await credentials();
  const tls = { ...pem('ca', ca), ...pem('cert', cert), ...pem('key', key), ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }) };
  const target = targetOf(new URL(server));
  return {
    name: 'the Kubernetes API server',
    target,
    agent: target.protocol === 'https:' ? new HttpsAgent({ ...AGENT, ...tls }) : new HttpAgent(AGENT),
    tls,
    authorization: hasToken(config) ? async () => authorizationOf(await credentials()) : async () => undefined,
  };
}

/** A token, or a program or plugin that gets one, perhaps another one each time. */
function hasToken(config: KubeConfig): boolean {
  const user = config.getCurrentUser();
  return [user?.token, user?.exec, user?.authProvider].some((source) => source !== undefined && source !== null);
}

function loadKubeconfig(path: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(path);
  } catch (cause) {
    throw new SandboxError('EDGE_KUBECONFIG', `${path} could not be read: ${cause instanceof Error ? cause.message : String(cause)}`, 'give a kubeconfig with which kubectl works', { cause });
  }
  return config;
}

function targetOf({ protocol, hostname, port }: URL): Upstream['target'] {
  return { protocol, host: hostname.replace(/^\[|\]$/g, ''), port: port || (protocol === 'https:' ? '443' : '80') };
}

function pem<Name extends string>(name: Name, value: unknown): { [key in Name]?: string } {
  if (value === undefined || value === null) return {};
  return { [name]: String(value) } as { [key in Name]: string };
}

function authorizationOf({ headers }: RequestOptions): string | undefined {
  if (!headers || Array.isArray(headers)) return undefined;
  const value = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  return typeof value === 'string' ? value : undefined;
}
