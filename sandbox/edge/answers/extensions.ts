import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
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

/**
 * The extensions below a folder: one folder `<name>-<version>` each, with the `uiplugin.json` that buildExtension writes.
 * Read anew for each request, so that a rebuilt extension needs no restart.
 */
export function readExtensions(folder: string): ExtensionEntry[] {
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap((entry) => {
    const described = readDescription(join(folder, entry.name, 'uiplugin.json'));
    if (!described || entry.name !== `${described.name}-${described.version}`) return [];
    const { name, version, metadata } = described;
    return [{ name, version, endpoint: `/v1/uiplugins/${name}/${version}/plugin`, noCache: false, noAuth: false, metadata }];
  });
}

type Description = Pick<ExtensionEntry, 'name' | 'version' | 'metadata'>;

function readDescription(path: string): Description | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isDescription(value) ? value : undefined;
  } catch {
    // A folder that is being written, or isn't an extension: the index goes on without it.
    return undefined;
  }
}

function isDescription(value: unknown): value is Description {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map(Object.entries(value));
  return typeof fields.get('name') === 'string' && typeof fields.get('version') === 'string' && typeof fields.get('metadata') === 'object' && fields.get('metadata') !== null;
}

/** The index of the extensions and their files. Without a session the index is empty: none of them is meant for the sign-in page. */
export function extensions(app: FastifyInstance, folder: string): void {
  app.get('/v1/uiplugins', async (request) => ({
    entries: request.session ? Object.fromEntries(readExtensions(folder).map((entry) => [entry.name, entry])) : {},
  }));

  app.register(async (scope) => {
    await scope.register(fastifyStatic, { root: folder, serve: false, dotfiles: 'deny' });
    scope.get<{ Params: { name: string; version: string; '*': string } }>('/v1/uiplugins/:name/:version/plugin/*', async (request, reply) => {
      sessionRequired(request);
      const { name, version, '*': file } = request.params;
      if (!readExtensions(folder).some((entry) => entry.name === name && entry.version === version)) throw notFound(`extension ${name} ${version}`);
      return reply.sendFile(file, join(folder, `${name}-${version}`));
    });
  });
}
