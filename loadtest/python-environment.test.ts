import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { outputOf } from './process.ts';
import { pythonWith } from './python-environment.ts';

let folder: string;
let requirements: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tartware-python-'));
  requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, '# none\nnothing==1.0\n');
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A PATH on which python3 is this shell script, and nothing else is. */
async function pythonIs(script: string): Promise<void> {
  const bin = join(folder, 'bin');

  await mkdir(bin);
  await writeFile(join(bin, 'python3'), `#!/bin/sh\n${ script }\n`);
  await chmod(join(bin, 'python3'), 0o755);
  vi.stubEnv('PATH', bin);
}

/** Plays `python3 -m venv FOLDER`, and the environment's pip as given. */
const venvWithPip = (pip: string) => `
case "$1" in
  -c) echo 3 12 ;;
  *) /bin/mkdir -p "$3/bin" && printf '#!/bin/sh\\n${ pip }\\n' > "$3/bin/python" && /bin/chmod +x "$3/bin/python" ;;
esac`;

describe('the Python environment', () => {
  it('is made once, and anew when the pins change', async () => {
    const log = join(folder, 'log');
    const say = vi.fn();

    await pythonIs(venvWithPip(`echo "$@" >> ${ log }`));
    const python = await pythonWith(requirements, 'nothing', say);

    expect(python).toBe(join(folder, 'cache', 'tartware-sandbox', 'nothing-1.0', 'bin', 'python'));
    await pythonWith(requirements, 'nothing', say);
    expect(say).toHaveBeenCalledTimes(1);
    await writeFile(requirements, 'nothing==1.0\nmore==2.0\n');
    await pythonWith(requirements, 'nothing', say);
    expect((await readFile(log, 'utf8')).match(/-m pip install/g)).toHaveLength(2);
  });

  it.each([
    ['PYTHON_TOO_OLD', 'echo 3 9', '3.10'],
    ['VENV_FAILED', '[ "$1" = -c ] && echo 3 12 && exit 0; echo "ensurepip is not available"; exit 1', 'ensurepip is not available'],
    ['PIP_FAILED', venvWithPip('echo "no such version" >&2; exit 1'), 'no such version'],
  ])('says why it could not be made: %s', async (code, script, message) => {
    await pythonIs(script);
    await expect(pythonWith(requirements, 'nothing', vi.fn())).rejects.toMatchObject({ code, message: expect.stringContaining(message), hint: expect.stringMatching(/./) });
    // What was begun is not taken for whole the next time.
    await expect(pythonWith(requirements, 'nothing', vi.fn())).rejects.toMatchObject({ code });
  });

  it('says that there is no Python', async () => {
    vi.stubEnv('PATH', folder);
    await expect(pythonWith(requirements, 'nothing', vi.fn())).rejects.toMatchObject({ code: 'PYTHON_MISSING', hint: expect.stringContaining('python3-venv') });
  });
});

describe('the Python part', () => {
  it('passes its own tests', async () => {
    const tests = fileURLToPath(new URL('locust', import.meta.url));
    const { code, text } = await outputOf('python3', ['-B', '-m', 'unittest', 'discover', '-s', tests]);

    expect(text).toMatch(/Ran 1\d tests/);
    expect(code, text).toBe(0);
  });
});
