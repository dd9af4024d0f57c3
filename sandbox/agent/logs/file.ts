import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';

/** One older file of the same size is kept beside. */
const LARGEST_FILE = 10 * 1024 * 1024;

/** Where a log goes once its file is full. */
export function rotatedName(path: string): string {
  return `${path}.old`;
}

/** A log file that is set aside when it is full. A disk that takes no more loses lines, never the process that writes them. */
export class LogFile extends Writable {
  readonly #path: string;
  readonly #onError: (error: unknown) => void;
  #file: number | undefined;
  #size = 0;

  constructor(path: string, onError: (error: unknown) => void) {
    super();
    this.#path = path;
    this.#onError = onError;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#file = openSync(path, 'w', 0o600);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    try {
      if (this.#size + chunk.length > LARGEST_FILE) this.#rotate();
      if (this.#file !== undefined) this.#size += writeSync(this.#file, chunk);
    } catch (error) {
      this.#onError(error);
    }
    done();
  }

  override _final(done: () => void): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    done();
  }

  #rotate(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    renameSync(this.#path, rotatedName(this.#path));
    this.#file = openSync(this.#path, 'w', 0o600);
    this.#size = 0;
  }
}
