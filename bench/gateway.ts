/**
 * What a request costs the API gateway, beside nginx, a bare undici proxy and @fastify/http-proxy, all in one run:
 * `node bench/gateway.ts [--rounds 5] [--seconds 4] [--without-redis] [--only api-gateway,nginx]`.
 * The proxy under test has core 0 to itself; upstream and load generator share core 1. Prints a table, then the same as JSON.
 * Exit code 1 when a goal is missed, 2 when nothing could be measured. Needs Linux, wrk, and nginx for its column.
 */
import { parseArgs } from 'node:util';
import { createTestKey, startRedisCluster } from '@tartware/kit/testing';
import { BenchError, finish } from './errors.ts';
import { peers } from './gateway/peers.ts';
import type { Peer } from './gateway/peers.ts';
import { cpuMicroseconds, find, residentMegabytes, startPinned } from './gateway/processes.ts';
import { judge, summarize, tableOf } from './gateway/report.ts';
import type { Sample } from './gateway/report.ts';
import { sendLoad } from './gateway/wrk.ts';
import { fileURLToPath } from 'node:url';

const PROXY_CORE = 0;
const OTHER_CORE = 1;
const UPSTREAM_PORT = 19_000;
const CONNECTIONS = 64;
const WARM_UP_SECONDS = 3;

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' }, 'without-redis': { type: 'boolean', default: false }, only: { type: 'string' } },
});

const key = createTestKey('bench');
const token = key.token({ exp: Math.floor(Date.now() / 1000) + 3_600 });
const KINDS = [{ kind: 'GET' }, { kind: 'POST', script: fileURLToPath(new URL('./gateway/post.lua', import.meta.url)) }] as const;

async function measure(peer: Peer, round: number): Promise<Sample[]> {
  const { process: running, pid } = await peer.start(PROXY_CORE);
  const load = { core: OTHER_CORE, url: `http://127.0.0.1:${peer.port}/v1/rooms?limit=50`, connections: CONNECTIONS, headers: { authorization: `Bearer ${token}`, accept: 'application/json' } };
  try {
    const samples: Sample[] = [];
    for (const { kind, ...script } of KINDS) {
      await sendLoad({ ...load, ...script, seconds: WARM_UP_SECONDS });
      const before = cpuMicroseconds(pid);
      const result = await sendLoad({ ...load, ...script, seconds: Number(options.seconds) });
      const cpu = cpuMicroseconds(pid) - before;
      if (result.errors > 0) {
        throw new BenchError('ANSWERS_FAILED', `${peer.name} failed ${result.errors} of ${result.requests} requests (${kind}).`, 'A figure with errors in it says nothing: find the cause first.');
      }
      samples.push({ peer: peer.name, kind, round, cpuUs: cpu / result.requests, perSecond: result.requests / result.seconds, busy: cpu / 1e6 / result.seconds, p50Ms: result.p50Ms, p99Ms: result.p99Ms, rssMb: residentMegabytes(pid) });
    }
    return samples;
  } finally {
    await running.stop();
  }
}

async function main(): Promise<number> {
  if (process.platform !== 'linux' || !find('taskset') || !find('wrk')) {
    throw new BenchError('TOOLS_MISSING', 'This needs Linux with taskset (util-linux) and wrk.', 'Install them, on Debian: apt-get install wrk nginx');
  }
  const upstream = await startPinned(OTHER_CORE, [process.execPath, fileURLToPath(new URL('./gateway/upstream.ts', import.meta.url))], UPSTREAM_PORT, {
    PORT: String(UPSTREAM_PORT), JWKS: JSON.stringify({ keys: [key.published] }),
  });
  // The gateway keeps its limits with a real cluster while it is measured, as it does in production.
  const redis = options['without-redis'] ? undefined : await startRedisCluster();
  try {
    const all = peers(`http://127.0.0.1:${UPSTREAM_PORT}`, redis?.urls.join(',') ?? '').filter(({ name }) => options.only === undefined || options.only.split(',').includes(name));
    const samples: Sample[] = [];
    for (let round = 1; round <= Number(options.rounds); round++) {
      // Interleaved, and in turn from either end: what disturbs the machine for a while disturbs all.
      for (const peer of round % 2 === 1 ? all : all.toReversed()) {
        samples.push(...(await measure(peer, round)));
      }
    }
    const rows = summarize(samples);
    const goals = judge(rows);
    console.log(tableOf(rows, goals));
    if (!find('nginx')) {
      console.log('nginx is not installed: its column and the goal against it are missing. On Debian: apt-get install nginx');
    }
    console.log(JSON.stringify({ connections: CONNECTIONS, redis: redis !== undefined, rows, goals }));
    return goals.every(({ met }) => met) ? 0 : 1;
  } finally {
    await upstream.stop();
    await redis?.stop();
  }
}

await finish(main);
