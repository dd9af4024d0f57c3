/** Events as they travel between the services (docs/services.md, "Events"), and what a service says about those that it wants. */
import type { Transaction } from './database.ts';

/** One JSON document in Kafka. */
export interface DomainEvent<Data = unknown> {
  /** UUID: the same event, however often it is delivered. */
  id: string;
  /** Such as `reservation.confirmed`. */
  type: string;
  tenant_id: string;
  aggregate_id: string;
  /** Of the aggregate, from 1 up. */
  version: number;
  property_id: string | null;
  /** ISO 8601 with `Z`. */
  occurred_at: string;
  /** The aggregate's whole state after the change, or the fact itself for events that announce one. */
  data: Data;
  /** W3C `traceparent` of the request that caused it. */
  trace?: string;
}

/** What one consumer does with events of one type. All of it happens in `transaction`, which already is of the event's tenant. */
export interface EventHandler {
  /**
   * `each`: every event once, in any order. `latest`: only events newer than all that this consumer has seen of the aggregate, for data
   * that is the whole state.
   */
  order: 'each' | 'latest';
  // Methods, not properties: a handler may name the type of the data that its event carries.
  /**
   * Throws to have the event tried again: for a database that is away, or a `Problem` that says later (429, 502, 503, 504), for as long as it
   * takes; for anything else a few times, and then the event goes to the dead letters.
   */
  handle(transaction: Transaction, event: DomainEvent): Promise<void>;
  /** For bulk, instead of `handle`: events of one tenant in their order. When it throws they are handled one by one, also by it. */
  handleMany?(transaction: Transaction, events: readonly DomainEvent[]): Promise<void>;
}

export interface Consumer {
  /** In a group and a loop of its own, `<service>.<name>`: so that what it waits for holds up no other consumer of the service. */
  alone?: boolean;
  /**
   * Under which it remembers what it has seen; its topics unless told. Unique in its service, and never changed: another name sees
   * every event that Kafka still has.
   */
  name?: string;
  /** Services whose events it reads, such as `reservations`. */
  topics: readonly string[];
  /** By event type; others are passed over. */
  handlers: Readonly<Record<string, EventHandler>>;
}

/** In a consumer's `topics`: the events that no consumer could handle, each as one event of its own, `event.buried`. */
export const DEAD_LETTERS = 'dead-letters';
export const DEAD_LETTERS_TOPIC = 'tartware.dead-letters';
export const BURIED = 'event.buried';

/** Header of an event that is sent again from the dead letters: only the consumer it names, `<service>/<consumer>`, takes it. */
export const ONLY_FOR_HEADER = 'tartware-only-for';

/** Data of `event.buried`. Its tenant is the event's; the nil UUID when the record could not be read. */
export interface DeadLetter {
  /** `<service>/<consumer>` that could not handle it. */
  consumer: string;
  failed_at: string;
  attempts: number;
  error: { code: string; message: string };
  /** Where it came from, and the record's value as it was. */
  record: { topic: string; partition: number; offset: string; key: string; value: string };
}

/** @param service such as `reservations`, or `DEAD_LETTERS` */
export function topicOf(service: string): string {
  return service === DEAD_LETTERS ? DEAD_LETTERS_TOPIC : `tartware.${service}.events`;
}
