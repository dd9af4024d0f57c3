import { open, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseLine, type LogLine } from './line.ts';

/** What `kubectl logs` may ask for. */
export interface LogQuery {
  readonly tailLines?: number;
  readonly sinceTime?: Date;
  readonly limitBytes?: number;
  readonly timestamps: boolean;
  readonly follow: boolean;
}

const POLL_MS = 200;

function number(value: string | undefined): number | undefined {
  return value === undefined || value === '' || !Number.isFinite(Number(value)) ? undefined : Number(value);
}

/** Reads the kubelet's query parameters; what makes no sense is left out, as a kubelet does. */
export function logQuery(query: Readonly<Record<string, string | undefined>>, now: Date): LogQuery {
  const sinceSeconds = number(query.sinceSeconds);
  const sinceTime = sinceSeconds === undefined ? (query.sinceTime ? new Date(query.sinceTime) : undefined) : new Date(now.getTime() - sinceSeconds * 1_000);
  const tailLines = number(query.tailLines);
  const limitBytes = number(query.limitBytes);
  return {
    timestamps: query.timestamps === 'true',
    follow: query.follow === 'true',
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(sinceTime === undefined ? {} : { sinceTime }),
  };
}

/** The lines that are there already and that the query asks for. */
export function selectLines(lines: readonly LogLine[], query: LogQuery): LogLine[] {
  const since = query.sinceTime?.getTime();
  const recent = since === undefined ? [...lines] : lines.filter((line) => Date.parse(line.time) >= since);
  return query.tailLines === undefined ? recent : recent.slice(Math.max(0, recent.length - query.tailLines));
}

/** Reads a growing file of whole lines from where it left off. */
class GrowingFile {
  readonly #path: string;
  #position = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  async lines(): Promise<LogLine[]> {
    const { size } = await stat(this.#path);
    // It was set aside and begun anew.
    if (size < this.#position) {
      this.#position = 0;
      this.#rest = Buffer.alloc(0);
    }
    if (size === this.#position) return [];
    const file = await open(this.#path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - this.#position), 0, size - this.#position, this.#position);
      this.#position += bytesRead;
      return this.#parse(Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]));
    } finally {
      await file.close();
    }
  }

  #parse(content: Buffer): LogLine[] {
    const end = content.lastIndexOf(0x0a) + 1;
    this.#rest = content.subarray(end);
    return content.subarray(0, end).toString('utf8').split('\n').flatMap((line) => parseLine(line) ?? []);
  }
}

/**
 * Yields the text of a container's log, and with `follow` what comes until the container has ended; at least one part, maybe empty.
 * @throws Error with code ENOENT when there is no such file
 */
export async function* readLog(path: string, query: LogQuery, hasEnded: () => boolean): AsyncGenerator<string> {
  const file = new GrowingFile(path);
  let left = query.limitBytes ?? Infinity;
  let lines = selectLines(await file.lines(), query);
  for (;;) {
    const text: string = lines.map((line) => (query.timestamps ? `${line.time} ${line.text}\n` : `${line.text}\n`)).join('');
    // Also when there is nothing yet: the reader learns that there is a log.
    yield text.length > left ? text.slice(0, left) : text;
    left -= text.length;
    if (!query.follow || left <= 0) return;
    do {
      const ended = hasEnded();
      if (!ended) await sleep(POLL_MS);
      lines = await file.lines();
      if (ended && lines.length === 0) return;
    } while (lines.length === 0);
  }
}
