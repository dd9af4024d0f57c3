/** A Python environment with exactly the packages of a requirements file, made once and kept in the user's cache folder. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LoadTestError } from './errors.ts';
import { outputOf } from './process.ts';

const LOCUST_REQUIREMENTS = fileURLToPath(new URL('locust/requirements.txt', import.meta.url));
/** Locust 2.47 asks for it. */
const LEAST_PYTHON = [3, 10] as const;

/** The `python` that has Locust. @param say is told when something takes a while; @throws LoadTestError */
export async function locustPython(say: (line: string) => void): Promise<string> {
  return pythonWith(LOCUST_REQUIREMENTS, 'locust', say);
}

/**
 * @param requirements a file of exact pins; @param named the package of it that gives the folder its name and version
 * @throws LoadTestError PYTHON_MISSING, PYTHON_TOO_OLD, VENV_FAILED, PIP_FAILED
 */
export async function pythonWith(requirements: string, named: string, say: (line: string) => void): Promise<string> {
  const pins = await readFile(requirements, 'utf8');
  const version = new RegExp(`^${ named }==(.+)$`, 'm').exec(pins)?.[1] ?? 'unpinned';
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tartware-sandbox', `${ named }-${ version }`);
  const python = join(folder, 'bin', 'python');
  // Written last: a folder without it, or with that of other pins, is made anew.
  const mark = join(folder, 'complete');
  const wanted = createHash('sha256').update(pins).digest('hex');

  if (await readFile(mark, 'utf8').catch(() => '') === wanted) return python;
  await checkPython();
  say(`Installing ${ named } ${ version } into ${ folder }`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await make(folder, python, requirements);
  await writeFile(mark, wanted);

  return python;
}

async function make(folder: string, python: string, requirements: string): Promise<void> {
  const venv = await outputOf('python3', ['-m', 'venv', folder]);

  if (venv.code !== 0) {
    throw new LoadTestError('VENV_FAILED', `python3 could not make an environment: ${ lastLine(venv.text) }`, 'On Debian: apt-get install python3-venv');
  }
  const pip = await outputOf(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', requirements]);

  if (pip.code !== 0) {
    throw new LoadTestError('PIP_FAILED', `pip could not install ${ requirements }: ${ lastLine(pip.text) }`, 'Check that this machine reaches the package index that pip is set up with, and run this again.');
  }
}

async function checkPython(): Promise<void> {
  const { code, text } = await outputOf('python3', ['-c', 'import sys; print(*sys.version_info[:2])']);

  if (code !== 0) throw new LoadTestError('PYTHON_MISSING', 'There is no python3 on this machine; Locust, the load generator, runs on it.', 'On Debian: apt-get install python3-venv');
  const [major = 0, minor = 0] = text.trim().split(' ').map(Number);

  if (major < LEAST_PYTHON[0] || (major === LEAST_PYTHON[0] && minor < LEAST_PYTHON[1])) {
    throw new LoadTestError('PYTHON_TOO_OLD', `python3 is ${ major }.${ minor }; Locust needs ${ LEAST_PYTHON.join('.') }`, 'Install a newer Python and put it first in PATH as python3.');
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
