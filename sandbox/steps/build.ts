import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBinaries } from '../build/go.ts';
import { cacheFolder, REPOSITORY } from '../paths.ts';
import { buildDashboard, buildExtension } from '../rancher/build.ts';
import type { Context, Step } from '../supervisor/part.ts';

/** A link to the built dashboard, which lies in the cache under its version. */
export function dashboardLink({ state }: Context): string {
  return state('dashboard');
}

/** Where the extension's bundles lie, as the edge serves them. */
export function extensionsFolder({ state }: Context): string {
  return state('extensions');
}

/** The bundle of this checkout, below the folder of all. */
export function bundleFolder(context: Context): string {
  const { name, version } = JSON.parse(readFileSync(join(REPOSITORY, 'pkg/tartware/package.json'), 'utf8')) as { readonly name: string; readonly version: string };
  return join(extensionsFolder(context), `${name}-${version}`);
}

/** The Go parts, from the cache or built now. */
export function binariesStep(say: (line: string) => void): Step {
  return {
    kind: 'step',
    name: 'binaries',
    needs: [],
    run: async (_context, signal) => {
      await ensureBinaries((name) => say(`building the Go parts: ${name} (first time only)`), signal);
    },
  };
}

/** The unmodified Rancher dashboard of the pinned shell. */
export function dashboardStep(log: (line: string) => void): Step {
  return {
    kind: 'step',
    name: 'dashboard',
    needs: [],
    run: async (context, signal) => {
      const built = await buildDashboard({ repoRoot: REPOSITORY, outDir: cacheFolder('dashboard'), log, signal });
      const link = dashboardLink(context);
      rmSync(link, { force: true });
      symlinkSync(built, link);
    },
  };
}

/** The extension of this checkout, built as it is released. */
export function extensionStep(log: (line: string) => void): Step {
  return {
    kind: 'step',
    name: 'extension',
    needs: [],
    run: async (context, signal) => {
      await buildExtension({ repoRoot: REPOSITORY, outDir: extensionsFolder(context), log, signal });
    },
  };
}
