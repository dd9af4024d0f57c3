/**
 * The whole path, gateway → service → PostgreSQL, under an open load on seeded hotels:
 * `node bench/services.ts [--properties 10] [--reservations 2000] [--seconds 30] [--only idle,kinds,load,contest]`.
 * Services share core 0; PostgreSQL, Redis (when installed) and the load generator share core 1. Prints tables and the same as JSON.
 * Exit code 1 when a goal is missed, 2 when nothing could be measured. Needs Linux and taskset.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SERVICES } from '../services/tests/platform.ts';
import { check } from '../services/seed/check.ts';
import { seed } from '../services/seed/seed.ts';
import { BenchError, finish } from './errors.ts';
import { find, residentMegabytes } from './gateway/processes.ts';
import { flood } from './services/closed-load.ts';
import { lastRoom } from './services/contest.ts';
import { difference, usedBy } from './services/cost.ts';
import type { Used } from './services/cost.ts';
import { mixOf } from './services/mix.ts';
import { openLoad, percentile } from './services/open-load.ts';
import type { Kind, LoadResult } from './services/open-load.ts';
import { costTable, costsOf, costsOfMix, goal, goalTable, kindTable, podsFor } from './services/report.ts';
import type { Goal, KindCost, ProcessCost } from './services/report.ts';
import { takeStock } from './services/stock.ts';
import type { Stock } from './services/stock.ts';
import { prepareSystem } from './services/system.ts';
import type { Program, System } from './services/system.ts';
import { aligned } from './table.ts';

const { values: options } = parseArgs({
  options: { properties: { type: 'string', default: '10' }, reservations: { type: 'string', default: '2000' }, seconds: { type: 'string', default: '30' }, only: { type: 'string', default: 'idle,kinds,load,contest' } },
});
const parts = new Set(options.only.split(','));
const seconds = Number(options.seconds);
const ARRIVALS = 6_000;
const IDLE_SECONDS = 10;
/** While a kind is measured alone: enough to keep a core busy. */
const FLOOD = { clients: 24, seconds: 6 };

interface Bench {
  system: System;
  programs: ReadonlyMap<string, Program>;
  stock: Stock;
  goals: Goal[];
  json: Record<string, unknown>;
}

async function main(): Promise<number> {
  if (process.platform !== 'linux' || !find('taskset')) throw new BenchError('TOOLS_MISSING', 'This needs Linux with taskset (util-linux).', 'Install it, on Debian: apt-get install util-linux');
  const system = await prepareSystem();
  try {
    const goals: Goal[] = [];
    const json: Record<string, unknown> = { redis: system.redisPids.length > 0 };
    await fill(system, goals, json);
    system.pinStores();
    const programs = await startAll(system, goals, json);
    const bench: Bench = { system, programs, goals, json, stock: await takeStock(system, ARRIVALS) };
    if (parts.has('kinds')) await measureKinds(bench);
    if (parts.has('load')) await measureLoad(bench);
    if (parts.has('contest')) await measureContest(bench);
    await requireConsistent(bench);
    console.log(`\n${goalTable(goals)}\n${JSON.stringify({ ...json, goals })}`);
    return goals.every(({ met }) => met) ? 0 : 1;
  } finally {
    await system.stop();
  }
}

async function fill({ postgres, tenantId }: System, goals: Goal[], json: Record<string, unknown>): Promise<void> {
  const began = performance.now();
  const before = usedBy({ seed: [process.pid] }, { postgres: postgres.pid });
  const seeded = await seed({ databaseUrl: postgres.url, tenantId, properties: Number(options.properties), reservationsPerProperty: Number(options.reservations), seed: 42 });
  const perMinute = (seeded.reservations / (performance.now() - began)) * 60_000;
  const { seed: own = 0, postgres: database = 0 } = difference(before, usedBy({ seed: [process.pid] }, { postgres: postgres.pid }));
  const cpuUs = Math.round((own + database) / seeded.reservations);
  console.log(`seeded ${seeded.reservations} reservations, ${seeded.rows} rows, ${perMinute.toFixed(0)} reservations a minute; CPU ${cpuUs} µs a reservation: ${(60e6 / cpuUs).toFixed(0)} a minute of one core`);
  json['seed'] = { reservations: seeded.reservations, rows: seeded.rows, perMinute, cpuUs };
  goals.push(goal('reservations seeded a minute ≥ 20000', perMinute, perMinute >= 20_000));
}

/** Each twice when their start counts: the first fills the compile cache, as an image does that was built with one. */
async function startAll(system: System, goals: Goal[], json: Record<string, unknown>): Promise<Map<string, Program>> {
  const programs = new Map<string, Program>();
  for (const name of SERVICES) {
    if (parts.has('idle')) await (await system.start(name)).process.stop();
    programs.set(name, await system.start(name));
  }
  if (!parts.has('idle')) return programs;
  await sleep(IDLE_SECONDS * 1_000);
  const rows = [...programs].map(([name, { pid, readyMs }]) => ({ name, readyMs: Math.round(readyMs), rssMb: Math.round(residentMegabytes(pid)) }));
  console.log(aligned([['idle', 'ready ms', 'RSS MB'], ...rows.map(({ name, readyMs, rssMb }) => [name, String(readyMs), String(rssMb)])]));
  const most = (of: (row: (typeof rows)[number]) => number): number => Math.max(...rows.map(of));
  goals.push(goal('start to ready, slowest, s ≤ 1.5', most(({ readyMs }) => readyMs) / 1_000, most(({ readyMs }) => readyMs) <= 1_500));
  goals.push(goal('idle RSS, largest, MB ≤ 90', most(({ rssMb }) => rssMb), most(({ rssMb }) => rssMb) <= 90));
  json['idle'] = rows;
  return programs;
}

function used({ system, programs }: Bench): Used {
  const services = Object.fromEntries([...programs].map(([name, { pid }]) => [name, [pid]]));
  return usedBy({ ...services, redis: system.redisPids, generator: [process.pid] }, { postgres: system.postgres.pid });
}

interface Measured {
  result: LoadResult;
  used: Used;
}

async function load(bench: Bench, kinds: readonly Kind[], rate: number, lasts: number): Promise<Measured> {
  const before = used(bench);
  const headers = { authorization: `Bearer ${bench.system.token('operator')}` };
  const result = await openLoad({ url: bench.system.gatewayUrl, headers, kinds, rate, seconds: lasts });
  return { result, used: difference(before, used(bench)) };
}

/** With the processes busy. From it what the mix costs, and the pods that it needs. */
async function measureKinds(bench: Bench): Promise<void> {
  const mix = mixOf(bench.stock);
  const headers = { authorization: `Bearer ${bench.system.token('operator')}` };
  await load(bench, mix, 80, 10);
  const rows: KindCost[] = [];
  for (const kind of mix) {
    const options = { url: bench.system.gatewayUrl, headers, kind, clients: FLOOD.clients };
    await flood({ ...options, seconds: 2 });
    const before = used(bench);
    const { answered, errors, samples } = await flood({ ...options, seconds: FLOOD.seconds });
    if (errors > 0) throw new BenchError('ANSWERS_FAILED', `${errors} of ${answered} requests failed:\n${samples.join('\n')}`, 'A figure with errors in it says nothing: find the cause first.');
    rows.push({ kind: kind.name, share: kind.share, requests: answered, perSecond: answered / FLOOD.seconds, used: difference(before, used(bench)) });
  }
  const costs = costsOfMix(rows);
  console.log(`\n${kindTable(rows)}\n\n${costTable(costs)}`);
  for (const { service, needed, minimum } of podsFor(costs)) bench.goals.push(goal(`${service}: pods for 30000/s ≤ ${minimum}`, needed, needed <= minimum));
  bench.json['kinds'] = { rows, costs, pods: podsFor(costs) };
}

/** Rises until it cannot keep up; the mix is then measured at 70 % of what it carried. */
async function measureLoad(bench: Bench): Promise<void> {
  const mix = mixOf(bench.stock);
  await load(bench, mix, 80, 10);
  let saturation = 0;
  for (let rate = 150; ; rate = Math.round(rate * 1.2)) {
    const { result: { perSecond, errors, latencies } } = await load(bench, mix, rate, 6);
    const p95 = percentile(latencies, 0.95);
    console.log(`${rate}/s offered: ${perSecond.toFixed(0)}/s answered, P95 ${p95.toFixed(0)} ms, ${errors} errors`);
    saturation = Math.max(saturation, errors === 0 ? perSecond : 0);
    if (perSecond < 0.95 * rate || p95 > 1_000 || errors > 0) break;
  }
  const rate = Math.round(0.7 * saturation);
  const { result, used: cost } = await load(bench, mix, rate, seconds);
  const costs = costsOf(cost, result.answered, seconds);
  report(bench, { saturation, rate, result, costs });
}

function report({ goals, json }: Bench, { saturation, rate, result, costs }: { saturation: number; rate: number; result: LoadResult; costs: readonly ProcessCost[] }): void {
  const times = (latencies: Float64Array): string[] => [0.5, 0.95, 0.99].map((of) => percentile(latencies, of).toFixed(1));
  console.log(`\nsaturation ${saturation.toFixed(0)}/s; at ${rate}/s for ${seconds} s: ${result.due} due, ${result.answered} answered, ${result.errors} errors, ${result.dropped} dropped, ${result.late} sent late`);
  console.log(aligned([['ms from when due', 'P50', 'P95', 'P99'], ['all', ...times(result.latencies)], ...Object.entries(result.byKind).map(([kind, { latencies }]) => [kind, ...times(latencies)])]));
  console.log(`\n${costTable(costs)}`);
  for (const text of result.samples) console.log(text);
  const errorRatio = result.errors / result.due;
  goals.push(goal('error ratio at 70 % of saturation = 0', errorRatio, errorRatio === 0));
  goals.push(goal('P95 at 70 % of saturation, ms < 100', percentile(result.latencies, 0.95), percentile(result.latencies, 0.95) < 100));
  json['load'] = { saturation, rate, seconds, due: result.due, errors: result.errors, late: result.late, p50Ms: percentile(result.latencies, 0.5), p95Ms: percentile(result.latencies, 0.95), p99Ms: percentile(result.latencies, 0.99), costs };
}

async function measureContest({ system, stock, goals, json }: Bench): Promise<void> {
  const contest = await lastRoom(system, stock, 10, 200);
  console.log(`\nlast room: ${contest.fair} of ${contest.rounds} rounds with one winner of ${contest.clients}; P50 ${contest.p50Ms.toFixed(0)}, P99 ${contest.p99Ms.toFixed(0)}, longest ${contest.maxMs.toFixed(0)} ms`);
  goals.push(goal('last room: rounds without exactly one winner = 0', contest.rounds - contest.fair, contest.fair === contest.rounds));
  goals.push(goal('last room: P99, ms ≤ 500', contest.p99Ms, contest.p99Ms <= 500));
  json['contest'] = contest;
}

/** What was done to the data must have left it whole. There is no Kafka here: what events would bring is left out. */
async function requireConsistent({ system, goals }: Bench): Promise<void> {
  const { violations } = await check(system.postgres.url, { settled: false });
  for (const { invariant, rows, examples } of violations) console.log(`${invariant} (${rows}): ${examples[0]}`);
  goals.push(goal('violated invariants after the load = 0', violations.length, violations.length === 0));
}

await finish(main);
