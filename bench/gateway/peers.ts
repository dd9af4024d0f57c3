/** Who is compared. Every peer stands on the same core, alone while it is measured, and passes everything on to the same upstream. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { find, onlyChildOf, startPinned } from './processes.ts';
import type { Pinned } from './processes.ts';

export interface Peer {
  name: string;
  port: number;
  /** @returns the process to stop, and the one whose CPU time counts */
  start: (core: number) => Promise<{ process: Pinned; pid: number }>;
}

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const UPSTREAMS = ['CORE', 'RESERVATIONS', 'BILLING', 'GUESTS', 'ROOMS', 'SETTINGS', 'HOUSEKEEPING', 'COMMAND_CENTER'];

/** @param upstream such as `http://127.0.0.1:19000`; @param redisUrls empty: the gateway limits by itself alone */
export function peers(upstream: string, redisUrls: string): Peer[] {
  const limits = { TENANT_READS_PER_SECOND: '10000000', TENANT_WRITES_PER_SECOND: '10000000', REDIS_URLS: redisUrls };
  const gatewayEnv = { HOST: '127.0.0.1', OPS_PORT: '0', ...limits, ...Object.fromEntries(UPSTREAMS.map((name) => [`${name}_URL`, upstream])) };
  return [
    ...(find('nginx') === undefined ? [] : [{ name: 'nginx', port: 19_001, start: (core: number) => startNginx(core, 19_001, new URL(upstream).host) }]),
    nodePeer('bare undici', 19_002, path('./bare-undici.ts'), { UPSTREAM: upstream }),
    nodePeer('@fastify/http-proxy', 19_003, path('./fastify-http-proxy.ts'), { UPSTREAM: upstream }),
    nodePeer('api-gateway', 19_004, path('../../services/api-gateway/main.ts'), gatewayEnv),
  ];
}

function nodePeer(name: string, port: number, main: string, env: NodeJS.ProcessEnv): Peer {
  return {
    name,
    port,
    async start(core) {
      const started = await startPinned(core, [process.execPath, main], port, { PORT: String(port), NODE_ENV: 'production', ...env });
      return { process: started, pid: started.child.pid ?? 0 };
    },
  };
}

async function startNginx(core: number, port: number, upstream: string): Promise<{ process: Pinned; pid: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'tartware-bench-nginx-'));
  const config = readFileSync(path('./nginx.conf'), 'utf8').replaceAll('@FOLDER@', folder).replaceAll('@PORT@', String(port)).replaceAll('@UPSTREAM@', upstream);
  writeFileSync(join(folder, 'nginx.conf'), config);
  const started = await startPinned(core, ['nginx', '-p', folder, '-c', join(folder, 'nginx.conf')], port);
  const stop = async (): Promise<void> => {
    await started.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { process: { ...started, stop }, pid: await onlyChildOf(started.child.pid ?? 0) };
}
