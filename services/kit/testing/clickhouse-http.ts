/** Reads a request of ClickHouse's HTTP interface, and writes what the engine answered. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Answer, Query } from './clickhouse-engine.ts';
import { ClickHouseException, exception } from './clickhouse-errors.ts';

const MAX_BODY_BYTES = 128 * 1024 * 1024;

/** Of the HTTP server rather than the engine; what they ask for holds here anyway, as every answer is whole before it is sent. */
const SERVER_SETTINGS = /^(wait_end_of_query|buffer_size|send_progress_in_http_headers|http_.+|enable_http_compression|query_id|quota_key|user|password|add_http_cors_header)$/;
const BINARY_INPUT = /\bFORMAT\s+(Native|RowBinary\w*|Parquet|Arrow\w*|Avro|ORC|Protobuf\w*|MsgPack|BSONEachRow|CapnProto|Npy)\s*$/i;

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => zlib.createGunzip(),
  br: () => zlib.createBrotliDecompress(),
  zstd: () => zlib.createZstdDecompress(),
  deflate: () => zlib.createInflate(),
};

const encoders: Readonly<Record<string, (data: Uint8Array) => Promise<Buffer>>> = {
  gzip: promisify<Uint8Array, Buffer>(zlib.gzip),
  br: promisify<Uint8Array, Buffer>(zlib.brotliCompress),
  zstd: promisify<Uint8Array, Buffer>(zlib.zstdCompress),
};

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  JSON: 'application/json; charset=UTF-8',
  JSONCompact: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  JSONCompactEachRow: 'application/x-ndjson; charset=UTF-8',
  CSV: 'text/csv; charset=UTF-8; header=absent',
  CSVWithNames: 'text/csv; charset=UTF-8; header=present',
};

/**
 * @returns the query that the request carries, as ClickHouse would read it: `query=` of the URL, then the body
 * @throws ClickHouseException on what this front does not do
 */
export async function readQuery(request: IncomingMessage, url: URL): Promise<Query> {
  const body = await readBody(request);
  const form = isForm(request.headers) ? await formOf(request.headers, body) : undefined;
  const fields = [...url.searchParams, ...(form ?? [])];
  const data = form === undefined ? body.toString('utf8') : '';
  const query = fields.filter(([name]) => name === 'query').map(([, value]) => value).join('');
  requireTextInput(query);
  const text = query === '' ? data : data === '' ? query : `${query}\n${data}`;
  if (text.trim() === '') throw exception(62, 'SYNTAX_ERROR', 'Empty query');
  return {
    text,
    format: url.searchParams.get('default_format') ?? headerOf(request.headers, 'x-clickhouse-format') ?? 'TabSeparated',
    ...databaseOf(url, request.headers),
    ...settingsOf(fields),
    readonly: request.method === 'GET',
  };
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function databaseOf(url: URL, headers: IncomingHttpHeaders): { database?: string } {
  const database = url.searchParams.get('database') ?? headerOf(headers, 'x-clickhouse-database');
  return database === undefined || database === '' ? {} : { database };
}

function settingsOf(fields: readonly (readonly [string, string])[]): Pick<Query, 'settings' | 'parameters'> {
  const settings: Record<string, string> = {};
  const parameters: Record<string, string> = {};
  for (const [name, value] of fields) {
    if (['session_id', 'role', 'compress', 'decompress'].includes(name)) throw exception(48, 'NOT_IMPLEMENTED', `The front of the embedded engine does not know '${name}'`);
    if (name.startsWith('param_')) parameters[name.slice('param_'.length)] = value;
    else if (!['query', 'database', 'default_format'].includes(name) && !SERVER_SETTINGS.test(name)) settings[name] = value;
  }
  return { settings, parameters };
}

/** The engine takes a statement as text, in which binary data would not survive. */
function requireTextInput(query: string): void {
  const format = BINARY_INPUT.exec(query)?.[1];
  if (/^\s*INSERT\b/i.test(query) && format !== undefined) throw exception(48, 'NOT_IMPLEMENTED', `The front of the embedded engine takes no data in the format ${format}; JSONEachRow does`);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const encoding = headerOf(request.headers, 'content-encoding');
  const decoder = encoding === undefined ? undefined : decoders[encoding]?.();
  if (encoding !== undefined && decoder === undefined) throw exception(48, 'NOT_IMPLEMENTED', `Unknown compression method: ${encoding}`);
  let bytes = 0;
  const body: AsyncIterable<Buffer> = decoder === undefined ? request : request.pipe(decoder);
  const limited = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) throw exception(307, 'TOO_MANY_BYTES', `A request may carry ${MAX_BODY_BYTES} bytes here`);
      yield chunk;
    }
  };
  return buffer(limited()).catch((error: unknown) => {
    throw error instanceof ClickHouseException ? error : exception(23, 'CANNOT_READ_FROM_ISTREAM', `The body cannot be read: ${String(error)}`);
  });
}

function isForm(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith('multipart/form-data') ?? false;
}

async function formOf(headers: IncomingHttpHeaders, body: Buffer): Promise<[string, string][]> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': headers['content-type'] ?? '' } }).formData();
  return [...form].map(([name, value]) => [name, String(value)]);
}

/** Sends a result, compressed when the request asks for it by `enable_http_compression`. */
export async function sendAnswer(request: IncomingMessage, url: URL, response: ServerResponse, format: string, answer: Answer): Promise<void> {
  response.setHeader('content-type', CONTENT_TYPES[format] ?? 'text/tab-separated-values; charset=UTF-8');
  response.setHeader('x-clickhouse-format', format);
  response.setHeader('x-clickhouse-summary', JSON.stringify({
    read_rows: String(answer.rows), read_bytes: String(answer.bytes), result_rows: String(answer.rows), result_bytes: String(answer.bytes), elapsed_ns: String(answer.elapsedNs),
  }));
  const wanted = url.searchParams.get('enable_http_compression') === '1' ? (request.headers['accept-encoding'] ?? '').toString().split(',').map((name) => name.trim()) : [];
  const encoding = wanted.find((name) => name in encoders);
  const encode = encoding === undefined ? undefined : encoders[encoding];
  if (encoding !== undefined) response.setHeader('content-encoding', encoding);
  response.end(encode === undefined ? answer.body : await encode(answer.body));
}

export function sendException(response: ServerResponse, { status, code, message }: ClickHouseException): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=UTF-8', 'x-clickhouse-exception-code': String(code) });
  response.end(`${message}\n`);
}
