/**
 * As much as can be answered: each of a few clients asks again as soon as it was answered. For what a request costs in CPU time when the processes are
 * busy, as pods at 70 % are; never for latency, which only an open load shows.
 */
import { Pool } from 'undici';
import { ask } from './open-load.ts';
import type { Kind } from './open-load.ts';

export interface FloodResult {
  answered: number;
  errors: number;
  samples: string[];
}

export async function flood({ url, headers, kind, clients, seconds }: { url: string; headers: Record<string, string>; kind: Kind; clients: number; seconds: number }): Promise<FloodResult> {
  const pool = new Pool(url, { connections: clients, pipelining: 1 });
  const result: FloodResult = { answered: 0, errors: 0, samples: [] };
  const end = performance.now() + seconds * 1_000;
  const client = async (): Promise<void> => {
    while (performance.now() < end) {
      const wrong = await ask(pool, headers, kind.next()).catch((error: unknown) => String(error));
      result.answered += 1;
      if (wrong !== undefined) {
        result.errors += 1;
        if (result.samples.length < 3) result.samples.push(`${kind.name}: ${wrong}`);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
    return result;
  } finally {
    await pool.close();
  }
}
