import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/folder.ts';
import { LogFile, rotatedName } from './file.ts';
import { LineStamp, formatLine, parseLine } from './line.ts';
import { logQuery, readLog } from './reader.ts';

const now = new Date('2026-01-01T00:01:00Z');

function logFile(): string {
  return join(temporaryFolder(), 'core', '0.log');
}

async function write(path: string, chunks: (string | Buffer)[]): Promise<void> {
  await pipeline(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), new LineStamp('stdout'), new LogFile(path, () => undefined));
}

async function read(path: string, query: Record<string, string>): Promise<string> {
  let text = '';
  for await (const part of readLog(path, logQuery(query, now), () => true)) text += part;
  return text;
}

test('lines come out as they went in, whatever the chunks', async () => {
  const path = logFile();
  const umlaut = Buffer.from('ü');
  await write(path, ['a\nb', 'c\n', umlaut.subarray(0, 1), umlaut.subarray(1), '\nno line end']);
  expect(await read(path, {})).toBe('a\nbc\nü\nno line end\n');
});

test.each([
  [{ tailLines: '1' }, 'three\n'],
  [{ tailLines: '0' }, ''],
  [{ sinceSeconds: '30' }, 'two\nthree\n'],
  [{ sinceTime: '2026-01-01T00:00:59Z' }, 'three\n'],
  [{ limitBytes: '5' }, 'one\nt'],
  [{ tailLines: '1', timestamps: 'true' }, '2026-01-01T00:00:59.000Z three\n'],
  [{ tailLines: 'many' }, 'one\ntwo\nthree\n'],
])('%j selects', async (query, expected) => {
  const path = join(temporaryFolder(), '0.log');
  writeFileSync(path, [['0:10', 'one'], ['0:40', 'two'], ['0:59', 'three']].map(([time, text]) => formatLine(new Date(`2026-01-01T00:0${time}Z`), 'stdout', text!)).join(''));
  expect(await read(path, query)).toBe(expected);
});

test('following yields what comes and ends with the container', async () => {
  const path = join(temporaryFolder(), '0.log');
  writeFileSync(path, formatLine(now, 'stdout', 'first'));
  let ended = false;
  const parts: string[] = [];
  for await (const part of readLog(path, logQuery({ follow: 'true' }, now), () => ended)) {
    parts.push(part);
    if (parts.length < 3) appendFileSync(path, formatLine(now, 'stderr', `after ${parts.length}`));
    else ended = true;
  }
  expect(parts).toEqual(['first\n', 'after 1\n', 'after 2\n']);
});

test('a full file is set aside', async () => {
  const path = logFile();
  const megabyte = `${'x'.repeat(1023)}\n`.repeat(1024);
  await write(path, Array.from({ length: 11 }, () => megabyte));
  expect(existsSync(rotatedName(path))).toBe(true);
});

test('a line that was cut off is not a line', () => {
  expect(parseLine('2026-01-01T00:00:00.000Z std')).toBeUndefined();
});
