import { onScopeDispose, ref } from 'vue';
import type { Ref } from 'vue';
import { useClients } from './useClients.ts';

/** What the sandbox says about itself; undefined in a real cluster. */
export function useSandboxNotice(): Readonly<Ref<string | undefined>> {
  const { kubernetes } = useClients();
  const notice = ref<string>();
  const controller = new AbortController();

  onScopeDispose(() => controller.abort());
  kubernetes.readSandboxNotice(controller.signal).then((message) => { notice.value = message; }, () => {
    // Without the right to read ConfigMaps there is no banner; the page's own requests tell which rights are missing.
  });

  return notice;
}
