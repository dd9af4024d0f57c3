/** How the nodes of a Redis cluster are reached whose addresses are only learned from others. */

export interface RedisNodeDefaults {
  username?: string;
  password?: string;
  tls: boolean;
}

/**
 * What the first address says holds for the nodes that the client learns of by itself: these come as host and port, without credentials.
 *
 * @param urls `redis://user:password@host:port`, or `rediss:` for TLS; all of one cluster
 */
export function redisNodeDefaults(urls: readonly string[]): RedisNodeDefaults {
  const [first] = urls;
  if (first === undefined) return { tls: false };
  const { username, password, protocol } = new URL(first);
  return {
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    tls: protocol === 'rediss:',
  };
}
