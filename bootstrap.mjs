// The first thing that runs on a fresh machine, so it has no dependencies of its own and works on any Node from 20 on.
// It brings Node 24, the npm packages and the system packages, says what it does, and hands over to the real command.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(fileURLToPath(import.meta.url));
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tartware-sandbox');
/** @rancher/shell wants Node 24 or newer; this is the one that comes as an npm package per platform. */
const NODE_VERSION = '24.21.0';
const NODE_MINIMUM = 24;
/** Where a command hands over to, and which system packages it needs beside Node and Go. */
const COMMANDS = {
  start: { script: 'sandbox/cli.ts', args: ['start'], packages: ['redis', 'java', 'maven', 'python'] },
  test: { script: 'scripts/test.ts', args: [], packages: ['redis', 'java', 'maven', 'python', 'shellcheck', 'chromium'] },
  run: { script: null, args: [], packages: [] },
};
/** How to see that a package is there, Debian's name for it, and what it is for. */
const SYSTEM_PACKAGES = {
  redis: { probe: ['redis-server', '--version'], debian: 'redis-server', why: 'the cluster of six that holds caches and rates' },
  java: { probe: ['java', '-version'], debian: 'default-jre-headless', why: 'Kafka' },
  maven: { probe: ['mvn', '-version'], debian: 'maven', why: 'fetching Kafka' },
  python: { probe: ['python3', '-c', 'import venv, ensurepip'], debian: 'python3-venv', why: 'Locust, the load generator' },
  shellcheck: { probe: ['shellcheck', '--version'], debian: 'shellcheck', why: 'the operator\'s scripts' },
  chromium: { probe: ['chromium', '--version'], debian: 'chromium', why: 'browser tests' },
};

function fail(code, message, hint) {
  console.error(`\n${code}: ${message}\n  → ${hint}`);
  process.exit(1);
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { stdio: 'inherit', cwd: ROOT, ...options });
  return result.status === 0;
}

function timed(what, action) {
  const started = Date.now();
  console.log(`• ${what}`);
  action();
  console.log(`  done in ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

/** The folder of a Node that is new enough: this one, the cached one, or one fetched now. */
function nodeFolder() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MINIMUM) return dirname(process.execPath);
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const home = join(CACHE, 'node', NODE_VERSION);
  const bin = join(home, 'node_modules', name, 'bin');
  if (!existsSync(join(bin, 'node'))) {
    timed(`Node ${process.versions.node} is older than ${NODE_MINIMUM}: fetching Node ${NODE_VERSION} into ${home}`, () => {
      mkdirSync(home, { recursive: true });
      writeFileSync(join(home, 'package.json'), '{"private":true}\n');
      if (!run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${NODE_VERSION}`], { cwd: home })) {
        rmSync(home, { recursive: true, force: true });
        fail('NODE_NOT_FETCHED', `the npm package ${name}@${NODE_VERSION} could not be installed`, `install Node ${NODE_MINIMUM} or newer yourself and run this again`);
      }
    });
  }
  return bin;
}

/** Installs the npm packages when the lock file is not the one that was installed last. */
function installNpmPackages(env) {
  const stamp = join(ROOT, 'node_modules', '.tartware-lock');
  const wanted = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json'))).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  timed('Installing the npm packages of the lock file', () => {
    if (!run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { env })) {
      fail('NPM_CI_FAILED', 'npm ci did not finish', 'see its message above; a half-written node_modules can be removed safely');
    }
    writeFileSync(stamp, wanted);
  });
}

function isPresent(name) {
  const [command, ...args] = SYSTEM_PACKAGES[name].probe;
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Installs missing system packages by apt, after saying so; elsewhere says what to install. */
function installSystemPackages(names) {
  const missing = names.filter((name) => !isPresent(name));
  if (missing.length === 0) return;
  const list = missing.map((name) => `${SYSTEM_PACKAGES[name].debian} (${SYSTEM_PACKAGES[name].why})`).join(', ');
  const hasApt = spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;
  const isRoot = process.getuid?.() === 0;
  const hasSudo = !isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  if (!hasApt || !(isRoot || hasSudo)) {
    fail('SYSTEM_PACKAGES_MISSING', `missing on this machine: ${list}`, hasApt
      ? `sudo apt-get install ${missing.map((name) => SYSTEM_PACKAGES[name].debian).join(' ')}`
      : 'install them with your system\'s package manager (Homebrew: redis, openjdk, maven, python, chromium) and run this again');
  }
  const apt = (...args) => (isRoot ? run('apt-get', args, aptEnv) : run('sudo', ['apt-get', ...args], aptEnv));
  const aptEnv = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  timed(`Installing system packages by apt: ${list}`, () => {
    apt('update', '-qq');
    if (!apt('install', '-y', '-qq', '--no-install-recommends', ...missing.map((name) => SYSTEM_PACKAGES[name].debian))) {
      fail('APT_FAILED', `apt-get could not install: ${list}`, 'see its message above; install them yourself and run this again');
    }
  });
}

const [name = '', ...rest] = process.argv.slice(2);
const command = COMMANDS[name];
if (!command) fail('UNKNOWN_COMMAND', `'${name}' is not a command of bootstrap.mjs`, `use one of ${Object.keys(COMMANDS).join(', ')}`);
const script = command.script ?? rest.shift();
if (!script) fail('NO_SCRIPT', 'bootstrap.mjs run needs a file', 'for example: node bootstrap.mjs run sandbox/cli.ts status');

const node = nodeFolder();
const env = { ...process.env, PATH: `${node}${delimiter}${process.env.PATH}` };
installSystemPackages(command.packages);
installNpmPackages(env);

// The child gets the terminal's signals itself (same process group), so this process only waits and passes the exit code on.
process.on('SIGINT', () => {});
const child = spawn(join(node, 'node'), [join(ROOT, script), ...command.args, ...rest], { stdio: 'inherit', env, cwd: ROOT });
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
