/** Runs the real helm on a private copy of the charts, so that tests neither race each other nor leave files in the checkout. */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { parseAllDocuments } from 'yaml';
import { binariesFolder } from '../../sandbox/build/go.ts';
import type { Manifest } from './manifests.ts';

const CHARTS = fileURLToPath(new URL('..', import.meta.url));

/** The helms that the charts are for. */
export const helmVersions = ['3', '4'] as const;
export type HelmVersion = (typeof helmVersions)[number];

/** The sandbox's own helm, or the one that `HELM` names, say to try another version. */
function program(version: HelmVersion): string {
  return process.env.HELM ?? join(binariesFolder(), version === '3' ? 'helm3' : 'helm');
}

export interface Run {
  ok: boolean;
  /** Both outputs of helm, in order. */
  output: string;
}

export class Charts {
  readonly folder: string;
  readonly version: HelmVersion;

  /**
   * Copies every chart of the checkout, and packages what they depend on.
   * @param version the helm that runs
   * @throws when helm cannot be run, saying where it was looked for.
   */
  constructor(version: HelmVersion = '4') {
    this.version = version;
    this.folder = mkdtempSync(join(tmpdir(), 'tartware-charts-'));
    for (const chart of globSync('*/Chart.yaml', { cwd: CHARTS }).map(dirname)) {
      cpSync(join(CHARTS, chart), join(this.folder, chart), { recursive: true });
      rmSync(join(this.folder, chart, 'charts'), { recursive: true, force: true });
    }
    for (const chart of this.names().filter((name) => /^dependencies:/m.test(readFileSync(join(this.folder, name, 'Chart.yaml'), 'utf8')))) {
      const { ok, output } = this.helm(['dependency', 'build', chart, '--skip-refresh']);

      if (!ok) {
        throw new Error(`helm could not package the charts: ${ output }\nnpm test and npm start build helm; HELM names another one.`);
      }
    }
  }

  /** Every chart's folder, in the order of the alphabet. */
  names(): string[] {
    return globSync('*/Chart.yaml', { cwd: this.folder }).map(dirname).sort();
  }

  /** Runs helm without a cluster. */
  helm(args: string[]): Run {
    return this.#outcome(execaSync(program(this.version), args, { ...this.#options(), all: true, reject: false }));
  }

  /** Runs helm against the cluster of a kubeconfig; the test goes on meanwhile. */
  async helmIn(kubeconfig: string, args: string[]): Promise<Run> {
    const { env, cwd } = this.#options();

    return this.#outcome(await execa(program(this.version), args, { cwd, env: { ...env, KUBECONFIG: kubeconfig }, all: true, reject: false }));
  }

  /** As `helm`; the test goes on meanwhile. */
  async helmAside(args: string[]): Promise<Run> {
    return this.#outcome(await execa(program(this.version), args, { ...this.#options(), all: true, reject: false }));
  }

  /** Folders of its own keep the user's repositories and plugins out of it. */
  #options(): { cwd: string; env: Record<string, string> } {
    return { cwd: this.folder, env: { HELM_CONFIG_HOME: this.folder, HELM_CACHE_HOME: this.folder, HELM_DATA_HOME: this.folder } };
  }

  /** A program that could not be started says nothing itself, so execa's words stand in. */
  #outcome({ failed, all, shortMessage }: { failed: boolean; all?: string; shortMessage?: string | undefined }): Run {
    return { ok: !failed, output: all || (shortMessage ?? '') };
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
