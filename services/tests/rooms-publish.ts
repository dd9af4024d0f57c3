/** Events of services that are not there, put into Kafka as their relay would, and again, and in any order. */
import { randomUUID } from 'node:crypto';
import { createPublisher } from '../kit/relay-publisher.ts';
import { topicOf } from '@tartware/kit/events';
import type { DomainEvent } from '@tartware/kit/events';
import type { Platform } from './platform.ts';

export type EventToSend = Omit<DomainEvent, 'id' | 'occurred_at'> & Partial<Pick<DomainEvent, 'id' | 'occurred_at'>>;

export function eventOf(event: EventToSend): DomainEvent {
  return { id: randomUUID(), occurred_at: new Date().toISOString(), ...event };
}

/** @param service whose events they are */
export async function publish(platform: Platform, service: string, events: readonly DomainEvent[]): Promise<void> {
  const publisher = createPublisher(platform.kafka?.brokers ?? [], 'tests');
  await publisher.publish(events.map((event) => ({ topic: topicOf(service), key: event.aggregate_id, value: JSON.stringify(event) })));
  await publisher.close();
}

/** Until these events took effect (or were left out) in a consumer of the service with this schema. @throws Error after 30 s */
export async function settled(platform: Platform, schema: string, consumer: string, ids: readonly string[]): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const [row] = await platform.sql<{ seen: number }>(`select count(*)::int as seen from ${schema}.inbox where consumer = $1 and event_id = any($2::uuid[])`, [consumer, ids]);
    if (row?.seen === new Set(ids).size) return;
    if (Date.now() > deadline) throw new Error(`The consumer ${schema}/${consumer} has seen ${row?.seen} of ${new Set(ids).size} events after 30 s.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
