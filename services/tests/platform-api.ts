/** Calls to the platform's services as a client makes them. */

export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface CallOptions {
  headers?: Record<string, string>;
  /** Sent as `Idempotency-Key`. */
  key?: string;
  /** Sent as `If-Match` of this version. */
  version?: number;
  signal?: AbortSignal;
}

export interface Api {
  token: string;
  get: <Body = Record<string, unknown>>(path: string, options?: CallOptions) => Promise<Answer<Body>>;
  post: <Body = Record<string, unknown>>(path: string, body?: unknown, options?: CallOptions) => Promise<Answer<Body>>;
  put: <Body = Record<string, unknown>>(path: string, body: unknown, options?: CallOptions) => Promise<Answer<Body>>;
  patch: <Body = Record<string, unknown>>(path: string, body: unknown, options?: CallOptions) => Promise<Answer<Body>>;
  delete: <Body = Record<string, unknown>>(path: string, options?: CallOptions) => Promise<Answer<Body>>;
}

/** @param urlOf address of the service that has a path */
export function createApi(urlOf: (path: string) => string, token: string): Api {
  async function call<Body>(method: string, path: string, body: unknown, { headers, key, version, signal }: CallOptions = {}): Promise<Answer<Body>> {
    const response = await fetch(urlOf(path) + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as Body };
  }
  return {
    token,
    get: (path, options) => call('GET', path, undefined, options),
    post: (path, body = {}, options) => call('POST', path, body, options),
    put: (path, body, options) => call('PUT', path, body, options),
    patch: (path, body, options) => call('PATCH', path, body, options),
    delete: (path, options) => call('DELETE', path, undefined, options),
  };
}
