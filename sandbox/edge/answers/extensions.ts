import { extname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { notFound } from '../errors.ts';
import { sessionRequired } from '../identity/guard.ts';

/** An entry of the index, as Rancher makes it from a UIPlugin object. */
export interface ExtensionEntry {
  readonly name: string;
  readonly version: string;
  /** The dashboard ignores entries without one, though it loads the files from /v1/uiplugins. */
  readonly endpoint: string;
  readonly noCache: boolean;
  readonly noAuth: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Where extensions come from. Asked anew each time, so that a rebuilt one needs no restart. */
export interface ExtensionSource {
  entries(): Promise<ExtensionEntry[]>;
  /** @returns the content of a file of the extension; nothing when it has no such file */
  file(entry: ExtensionEntry, name: string): Promise<Buffer | undefined>;
}

/** A bundle is flat, and its names are plain. */
const FILE_NAME = /^\w[\w.-]*$/;
/** Rancher says nosniff, so a script must be called one. */
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8', '.json': 'application/json; charset=utf-8', '.map': 'application/json; charset=utf-8',
  '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.woff2': 'font/woff2',
};

/** The index of the extensions and their files. Without a session the index is empty: none of them is meant for the sign-in page. */
export function extensions(app: FastifyInstance, source: ExtensionSource): void {
  app.get('/v1/uiplugins', async (request) => ({
    entries: request.session ? Object.fromEntries((await source.entries()).map((entry) => [entry.name, entry])) : {},
  }));

  app.get<{ Params: { name: string; version: string; '*': string } }>('/v1/uiplugins/:name/:version/plugin/*', async (request, reply) => {
    sessionRequired(request);
    const { name, version, '*': file } = request.params;
    const entry = (await source.entries()).find((known) => known.name === name && known.version === version);
    const content = entry && FILE_NAME.test(file) ? await source.file(entry, file) : undefined;
    if (content === undefined) throw notFound(`${file} of the extension ${name} ${version}`);
    return reply.type(TYPES[extname(file)] ?? 'application/octet-stream').header('cache-control', 'no-cache').send(content);
  });
}
