/** Keeps what every consumer gave up on. */
import { BURIED, DEAD_LETTERS } from '@tartware/kit/events';
import type { Consumer, DeadLetter, DomainEvent } from '@tartware/kit/events';
import { keepLetter } from './store.ts';

export function deadLetterConsumers(): Consumer[] {
  return [{ topics: [DEAD_LETTERS], handlers: { [BURIED]: { order: 'each', handle: (transaction, event: DomainEvent<DeadLetter>) => keepLetter(transaction, event) } } }];
}
