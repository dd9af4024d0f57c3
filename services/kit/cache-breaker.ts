/** Keeps a slow or broken Redis from slowing what it is to speed up: a short time for each question, and none at all after several failures. */

export interface Breaker {
  /**
   * @param group failures of some groups say nothing about others, which may live on other nodes
   * @param ask undefined: there is nobody to ask
   * @returns undefined when it was not asked, failed, or took too long
   */
  run: <Result>(group: string, ask: (() => Promise<Result>) | undefined) => Promise<Result | undefined>;
}

/** Longer than a healthy answer takes by two orders, shorter than most loads. */
const TIMEOUT_MS = 100;
const FAILURES = 3;
const OPEN_MS = { first: 500, last: 5_000 };
/** Groups share this many circuits, so that they do not grow with the tenants. */
const CIRCUITS = 64;

interface Circuit {
  failures: number;
  /** Asked again, by one question, from then on (`performance.now()`). */
  closedAt: number;
}

export function createBreaker(): Breaker {
  const circuits = Array.from({ length: CIRCUITS }, (): Circuit => ({ failures: 0, closedAt: 0 }));

  return {
    async run(group, ask) {
      const circuit = circuits[hash(group) % CIRCUITS];
      if (!ask || !circuit || performance.now() < circuit.closedAt) return undefined;
      if (circuit.failures >= FAILURES) {
        // This one tries; until it knows, the others do not.
        circuit.closedAt = performance.now() + TIMEOUT_MS;
      }
      try {
        const result = await inTime(ask());
        circuit.failures = 0;
        circuit.closedAt = 0;
        return result;
      } catch {
        circuit.failures += 1;
        if (circuit.failures >= FAILURES) {
          circuit.closedAt = performance.now() + Math.min(OPEN_MS.first * 2 ** (circuit.failures - FAILURES), OPEN_MS.last);
        }
        return undefined;
      }
    },
  };
}

async function inTime<Result>(answer: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function hash(text: string): number {
  let value = 0;
  for (let index = 0; index < text.length; index += 1) value = (Math.imul(value, 31) + text.charCodeAt(index)) >>> 0;
  return value;
}
