/** The load: wrk (Apache-2.0 with a note, https://github.com/wg/wrk), a closed loop of few microseconds a request. */
import { once } from 'node:events';
import { BenchError } from '../errors.ts';
import { spawnPinned } from './processes.ts';

export interface Load {
  core: number;
  url: string;
  connections: number;
  seconds: number;
  headers: Readonly<Record<string, string>>;
  /** Lua that sets `wrk.method` and `wrk.body`, for what is not a GET. */
  script?: string;
}

export interface LoadResult {
  requests: number;
  seconds: number;
  /** Answers that are not 2xx or 3xx, and failures of sockets. */
  errors: number;
  p50Ms: number;
  p99Ms: number;
}

export async function sendLoad({ core, url, connections, seconds, headers, script }: Load): Promise<LoadResult> {
  const command = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '5s', ...(script === undefined ? [] : ['-s', script])];
  for (const [name, value] of Object.entries(headers)) {
    command.push('-H', `${name}: ${value}`);
  }
  const { child, output } = spawnPinned(core, [...command, url]);
  await once(child, 'close');
  return parse(output());
}

/** @param text what `wrk --latency` prints */
export function parse(text: string): LoadResult {
  const total = /(\d+) requests in ([\d.]+)(m?s)/.exec(text);
  if (!total) {
    throw new BenchError('WRK_FAILED', `wrk printed no result:\n${text}`, 'Run the command above by hand.');
  }
  const sockets = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1).map(Number) ?? [];
  return {
    requests: Number(total[1]),
    seconds: Number(total[2]) / (total[3] === 'ms' ? 1000 : 1),
    errors: sockets.reduce((sum, count) => sum + count, Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0)),
    p50Ms: percentile(text, '50'),
    p99Ms: percentile(text, '99'),
  };
}

function percentile(text: string, of: string): number {
  const found = new RegExp(`^\\s+${of}%\\s+([\\d.]+)(us|ms|s)`, 'm').exec(text);
  const factor = { us: 0.001, ms: 1, s: 1000 }[found?.[2] ?? 'ms'] ?? 1;
  return Number(found?.[1] ?? NaN) * factor;
}
