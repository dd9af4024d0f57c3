import type { RancherStore } from '../composables/useText.ts';
import { isCancelled, toFailure } from './failure.ts';

export interface RancherRequest {
  /** Path on the Rancher server, e.g. `/k8s/clusters/local/api/v1/…`. */
  url: string;
  method?: 'get' | 'post' | 'patch';
  headers?: Record<string, string>;
  data?: unknown;
  signal?: AbortSignal | undefined;
}

/** Sends a request as the signed-in user; rejects with a RequestFailure, or with the browser's own error when called off by `signal`. */
export type SendToRancher = (request: RancherRequest) => Promise<unknown>;

const TIMEOUT_MS = 10_000;

export function createRancherTransport(store: Pick<RancherStore, 'dispatch'>): SendToRancher {
  // `redirectUnauthorized: false`: a 401 from a proxied service must not sign the user out of Rancher.
  const send = (request: RancherRequest) => store.dispatch('management/request', { ...request, timeout: TIMEOUT_MS, redirectUnauthorized: false });

  return async (request) => {
    try {
      return await send(request);
    } catch (error) {
      if (!isCancelled(error)) throw toFailure(error, describe(request));
      if (request.signal?.aborted) throw error;
    }

    // Rancher merges identical GETs: this one was merged with one that somebody else called off just then.
    try {
      return await send(request);
    } catch (error) {
      throw isCancelled(error) ? error : toFailure(error, describe(request));
    }
  };
}

function describe({ method = 'get', url }: RancherRequest): string {
  return `${ method.toUpperCase() } ${ url.split('?')[0] }`;
}
