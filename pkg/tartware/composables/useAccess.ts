import type { AccessAnswer, AccessQuestion } from '@tartware/domain';
import { onScopeDispose, shallowRef } from 'vue';
import type { ShallowRef } from 'vue';
import { useClients } from './useClients.ts';

/**
 * May this user do that? Undefined until the API server has answered. A review that cannot be had counts as a yes:
 * the action itself will tell, and nobody is kept from what they may do by a hiccup.
 */
export function useAccess(question: AccessQuestion): Readonly<ShallowRef<AccessAnswer | undefined>> {
  const { kubernetes } = useClients();
  const answer = shallowRef<AccessAnswer>();
  const controller = new AbortController();

  onScopeDispose(() => controller.abort());
  kubernetes.canI(question, controller.signal).then((given) => { answer.value = given; }, () => { answer.value = { allowed: true, reason: '' }; });

  return answer;
}
