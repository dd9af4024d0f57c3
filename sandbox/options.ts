import { parseArgs } from 'node:util';
import { SandboxError } from './errors.ts';
import { portsWith, type Ports } from './ports.ts';

export const USAGE = `Usage:
  npm start [-- OPTIONS]            bring the whole system up, and keep it until Ctrl-C
      --values live|scale           small requests that a laptop's load moves (default), or the platform's real numbers
      --reset                       begin anew: forget data, keys and objects of the last start
      --port NAME=NUMBER            move a part to another port (may be repeated)
      --kubeconfig FILE             use your own cluster instead of building one
  npm run sandbox:status            what runs, since when, where its log is
  node sandbox/cli.ts part stop|start NAME
                                    stop or start one part of the running sandbox
  npm run extension                 rebuild the extension for the running sandbox; then reload the browser
  node sandbox/cli.ts stop          stop the running sandbox`;

export interface StartOptions {
  readonly command: 'start';
  readonly values: 'live' | 'scale';
  readonly reset: boolean;
  readonly ports: Ports;
  /** The user's own cluster. */
  readonly kubeconfig?: string;
}

export type Options =
  | StartOptions
  | { readonly command: 'status' | 'stop' | 'extension' | 'help' }
  | { readonly command: 'part'; readonly action: 'stop' | 'start'; readonly name: string };

function invalid(message: string): SandboxError {
  return new SandboxError('INVALID_ARGUMENTS', message, `see below\n\n${USAGE}`);
}

/**
 * Reads the command line.
 * @throws SandboxError INVALID_ARGUMENTS, INVALID_PORT
 */
export function parseOptions(argv: readonly string[]): Options {
  const { values, positionals } = parse(argv);
  if (values.help) return { command: 'help' };
  const [command = 'start', ...rest] = positionals;
  if (command === 'status' || command === 'stop' || command === 'extension') return { command };
  if (command === 'part') return partOptions(rest);
  if (command !== 'start' || rest.length > 0) throw invalid(`'${positionals.join(' ')}' is not a command`);
  if (values.values !== 'live' && values.values !== 'scale') throw invalid(`--values ${values.values} is neither live nor scale`);
  return {
    command,
    values: values.values,
    reset: values.reset,
    ports: portsWith(values.port),
    ...(values.kubeconfig === undefined ? {} : { kubeconfig: values.kubeconfig }),
  };
}

function partOptions([action, name, ...more]: readonly string[]): Options {
  if ((action !== 'stop' && action !== 'start') || name === undefined || more.length > 0) throw invalid('part needs stop or start, and the name of one part');
  return { command: 'part', action, name };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', default: false, short: 'h' },
        values: { type: 'string', default: 'live' },
        reset: { type: 'boolean', default: false },
        port: { type: 'string', multiple: true, default: [] },
        kubeconfig: { type: 'string' },
      },
    });
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}
