/** Runs the real helm on a private copy of the charts, so that tests neither race each other nor leave files in the checkout. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import { parseAllDocuments } from 'yaml';
import { binariesFolder } from '../../sandbox/build/go.ts';
import type { Manifest } from './manifests.ts';

/** The sandbox's own helm, or the one that `HELM` names, say to try another version. */
const program = process.env.HELM ?? join(binariesFolder(), 'helm');

export interface Run {
  ok: boolean;
  /** Both outputs of helm, in order. */
  output: string;
}

export class Charts {
  readonly folder: string;

  /** @throws when helm cannot be run, saying where it was looked for. */
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'tartware-charts-'));
    for (const chart of ['service-template', 'tartware']) {
      cpSync(fileURLToPath(new URL(`../${ chart }`, import.meta.url)), join(this.folder, chart), { recursive: true });
    }
    rmSync(join(this.folder, 'tartware', 'charts'), { recursive: true, force: true });
    const { ok, output } = this.helm(['dependency', 'build', 'tartware', '--skip-refresh']);

    if (!ok) {
      throw new Error(`helm could not package the charts: ${ output }\nnpm test and npm start build helm; HELM names another one.`);
    }
  }

  helm(args: string[]): Run {
    // A folder of its own keeps the user's repositories and plugins out of it.
    const env = { HELM_CONFIG_HOME: this.folder, HELM_CACHE_HOME: this.folder, HELM_DATA_HOME: this.folder };
    const result = execaSync(program, args, { cwd: this.folder, env, all: true, reject: false });

    const said = result.all ?? '';

    // A program that could not be started says nothing itself.
    return { ok: !result.failed, output: said === '' ? result.shortMessage ?? '' : said };
  }

  template(chart: string, args: string[] = []): Run {
    return this.helm(['template', 'tartware', chart, '--namespace', 'tartware-system', ...args]);
  }

  /** The objects that a chart renders to. @throws with helm's words when it does not render. */
  render(chart: string, args: string[] = []): Manifest[] {
    const { ok, output } = this.template(chart, args);

    if (!ok) {
      throw new Error(output);
    }

    return parseAllDocuments(output).map((document) => document.toJS() as Manifest | null).filter((manifest) => manifest !== null);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
