/**
 * undici's Pool without the rest of undici: fetch, WebSocket, caches and the like come with its index and are never used here. They are 8 MB of
 * each idle pod's memory. The path is not part of undici's interface, which is why its version is exact.
 */
import { createRequire } from 'node:module';
import type { Pool as PoolType } from 'undici';

const load = createRequire(import.meta.url);

export const Pool = load('undici/lib/dispatcher/pool.js') as typeof PoolType;
export type Pool = PoolType;
