import { Transform, type TransformCallback } from 'node:stream';

export type LogStream = 'stdout' | 'stderr';

/** A stored log line: when it was written, and its text without the line end. */
export interface LogLine {
  readonly time: string;
  readonly text: string;
}

/** The CRI log format, which a kubelet's readers expect: `2026-01-01T00:00:00.000Z stdout F text`. */
export function formatLine(time: Date, stream: LogStream, text: string): string {
  return `${time.toISOString()} ${stream} F ${text}\n`;
}

/** A line of the CRI format; undefined when it was cut off. */
export function parseLine(line: string): LogLine | undefined {
  const match = /^(\S+) (?:stdout|stderr) [FP] (.*)$/s.exec(line);
  return match ? { time: match[1] ?? '', text: match[2] ?? '' } : undefined;
}

/** Longer lines are split, as a container runtime does. */
const LONGEST_LINE = 16 * 1024;

/** Turns a process's output into lines of the CRI format. */
export class LineStamp extends Transform {
  readonly #stream: LogStream;
  readonly #decoder = new TextDecoder();
  #rest = '';

  constructor(stream: LogStream) {
    super();
    this.#stream = stream;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > LONGEST_LINE) {
      lines.push(this.#rest);
      this.#rest = '';
    }
    const now = new Date();
    done(null, lines.map((line) => formatLine(now, this.#stream, line)).join(''));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#rest ? formatLine(new Date(), this.#stream, this.#rest) : '');
  }
}
