import { endGroup } from './processes.ts';

/** How long a cancelled command has to end after SIGTERM before it is killed, in milliseconds. */
const CANCEL_WITHIN_MS = 5_000;

/**
 * Ends a running command when the signal aborts, together with all it started: execa's own `cancelSignal` reaches only the
 * command itself, and a build's script leaves its compiler behind. The command has to lead its process group (`detached`).
 * @returns to be called when the command is over: resolves, or throws the signal's reason when nothing of it is left
 */
export function endOnAbort(pid: number | undefined, signal: AbortSignal | undefined): () => Promise<void> {
  let ended: Promise<void> | undefined;
  const end = (): void => {
    if (pid !== undefined) ended = endGroup(pid, CANCEL_WITHIN_MS);
  };
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end, { once: true });
  return async () => {
    signal?.removeEventListener('abort', end);
    await ended;
    signal?.throwIfAborted();
  };
}
