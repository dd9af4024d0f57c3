/** From what was measured to what is needed, and both as text. */
import { aligned } from '../table.ts';
import type { Used } from './cost.ts';

export interface ProcessCost {
  process: string;
  /** CPU µs of each request of the mix, of those that reach it or not. */
  perRequestUs: number;
  /** Of its core, of 1. */
  busy: number;
}

/** What requests of one kind used while it was measured alone. */
export interface KindCost {
  kind: string;
  /** Of the mix. */
  share: number;
  requests: number;
  perSecond: number;
  used: Used;
}

/** One-CPU pods at 70 % that a process needs for so many requests of the mix a second. */
export interface Pods {
  service: string;
  needed: number;
  minimum: number;
}

export const TARGET_RPS = 30_000;
/** What the autoscalers keep. */
const UTILIZATION = 0.7;

/** charts/tartware/values.yaml, `minReplicas`. */
export const MINIMUM_REPLICAS: Readonly<Record<string, number>> = {
  'api-gateway': 12, core: 8, reservations: 8, billing: 5, guests: 5, rooms: 5, housekeeping: 4, 'command-center': 3, settings: 3,
};

export function costsOf(used: Used, requests: number, seconds: number): ProcessCost[] {
  return Object.entries(used).map(([process, us]) => ({ process, perRequestUs: us / requests, busy: us / 1e6 / seconds }));
}

/** Every kind's cost by its share. How busy a process was differs from kind to kind and is not said. */
export function costsOfMix(rows: readonly KindCost[]): ProcessCost[] {
  const total = rows.reduce((sum, { share }) => sum + share, 0);
  return Object.keys(rows[0]?.used ?? {}).map((process) => ({
    process, perRequestUs: rows.reduce((sum, { share, requests, used }) => sum + (share / total) * ((used[process] ?? 0) / requests), 0), busy: NaN,
  }));
}

export function podsFor(costs: readonly ProcessCost[]): Pods[] {
  return costs.flatMap(({ process, perRequestUs }) => {
    const minimum = MINIMUM_REPLICAS[process];
    return minimum === undefined ? [] : [{ service: process, needed: Math.ceil((TARGET_RPS * perRequestUs) / 1e6 / UTILIZATION), minimum }];
  });
}

export interface Goal {
  text: string;
  value: number;
  met: boolean;
}

export function goal(text: string, value: number, met: boolean): Goal {
  return { text, value, met };
}

export function costTable(costs: readonly ProcessCost[]): string {
  const pods = new Map(podsFor(costs).map((one) => [one.service, one]));
  const rows = costs.map(({ process, perRequestUs, busy }) => {
    const needed = pods.get(process);
    return [process, perRequestUs.toFixed(0), Number.isNaN(busy) ? '' : `${(busy * 100).toFixed(0)} %`, needed ? String(needed.needed) : '', needed ? String(needed.minimum) : ''];
  });
  return aligned([['process', 'CPU µs/request', 'of a core', `pods for ${TARGET_RPS}/s`, 'minimum'], ...rows]);
}

export function kindTable(rows: readonly KindCost[]): string {
  const processes = [...new Set(rows.flatMap(({ used }) => Object.keys(used)))].filter((process) => rows.some(({ used, requests }) => (used[process] ?? 0) / requests >= 1));
  return aligned([['µs/request', '/s', ...processes, 'all'], ...rows.map(({ kind, requests, perSecond, used }) => [
    kind, perSecond.toFixed(0), ...processes.map((process) => ((used[process] ?? 0) / requests).toFixed(0)), (Object.values(used).reduce((sum, us) => sum + us, 0) / requests).toFixed(0),
  ])]);
}

export function goalTable(goals: readonly Goal[]): string {
  return aligned([['goal', 'measured', ''], ...goals.map(({ text, value, met }) => [text, value >= 100 ? value.toFixed(0) : value.toFixed(2), met ? 'met' : 'MISSED'])]);
}
