/** From samples to medians, ratios and goals. */
import { aligned } from '../table.ts';

export interface Sample {
  peer: string;
  kind: string;
  round: number;
  /** CPU time of the proxy's process per request, µs. */
  cpuUs: number;
  perSecond: number;
  /** Share of its core that the proxy used: near 1, it was the bottleneck, as it should be. */
  busy: number;
  p50Ms: number;
  p99Ms: number;
  rssMb: number;
}

export interface Row extends Omit<Sample, 'round'> {
  rounds: number;
  cpuUsMin: number;
  cpuUsMax: number;
}

export interface Goal {
  text: string;
  value: number;
  met: boolean;
}

const GATEWAY = 'api-gateway';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** One row for each peer and kind of request, medians over the rounds. */
export function summarize(samples: readonly Sample[]): Row[] {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const name = `${sample.kind} ${sample.peer}`;
    groups.set(name, [...(groups.get(name) ?? []), sample]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const of = (pick: (sample: Sample) => number): number => median(group.map(pick));
    const cpu = group.map(({ cpuUs }) => cpuUs);
    return first === undefined ? [] : [{
      peer: first.peer, kind: first.kind, rounds: group.length, cpuUs: median(cpu), cpuUsMin: Math.min(...cpu), cpuUsMax: Math.max(...cpu),
      perSecond: of((sample) => sample.perSecond), busy: of((sample) => sample.busy), p50Ms: of((sample) => sample.p50Ms), p99Ms: of((sample) => sample.p99Ms), rssMb: of((sample) => sample.rssMb),
    }];
  }).sort((a, b) => a.kind.localeCompare(b.kind) || a.cpuUs - b.cpuUs);
}

/** The goals that can be judged: those whose peer was measured. */
export function judge(rows: readonly Row[]): Goal[] {
  return [...new Set(rows.map(({ kind }) => kind))].flatMap((kind) => {
    const cost = (peer: string): number | undefined => rows.find((row) => row.kind === kind && row.peer === peer)?.cpuUs;
    const ours = cost(GATEWAY);
    const against = (peer: string, text: string, met: (ratio: number) => boolean, upsideDown = false): Goal[] => {
      const theirs = cost(peer);
      if (ours === undefined || theirs === undefined) {
        return [];
      }
      const value = upsideDown ? theirs / ours : ours / theirs;
      return [{ text: `${kind}: ${text}`, value, met: met(value) }];
    };
    return [
      ...against('nginx', 'CPU per request / nginx ≤ 2.2', (ratio) => ratio <= 2.2),
      ...against('bare undici', 'CPU per request / bare undici ≤ 1.1', (ratio) => ratio <= 1.1),
      ...against('@fastify/http-proxy', 'requests per CPU second / @fastify/http-proxy ≥ 1.4', (ratio) => ratio >= 1.4, true),
    ];
  });
}

export function tableOf(rows: readonly Row[], goals: readonly Goal[]): string {
  const head = ['proxy', 'request', 'CPU µs', 'range', 'requests/s', 'core used', 'P50 ms', 'P99 ms', 'RSS MB'];
  const body = rows.map((row) => [
    row.peer, row.kind, row.cpuUs.toFixed(1), `${row.cpuUsMin.toFixed(1)}–${row.cpuUsMax.toFixed(1)}`, row.perSecond.toFixed(0),
    `${(row.busy * 100).toFixed(0)} %`, row.p50Ms.toFixed(2), row.p99Ms.toFixed(2), row.rssMb.toFixed(0),
  ]);
  const verdicts = goals.map(({ text, value, met }) => [text, value.toFixed(2), met ? 'met' : 'MISSED']);
  return `${aligned([head, ...body])}\n\n${aligned(verdicts)}`;
}
