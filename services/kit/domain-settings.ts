/** Settings of a service that owns a schema, besides those of every service. */
import { Type } from '@sinclair/typebox';
import type { Static, TSchema } from '@sinclair/typebox';
import { httpUrl, milliseconds, postgresUrl } from './config.ts';
import { addFormat } from './formats.ts';

const BROKER = /^[\w.-]+:\d{1,5}$/;

addFormat('postgres-url-or-nothing', (text) => text === '' || /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ''));
addFormat('http-url-or-nothing', (text) => text === '' || /^https?:$/.test(URL.parse(text)?.protocol ?? ''));
addFormat('broker-list', (text) => listOf(text).every((part) => BROKER.test(part)));
addFormat('redis-list', (text) => listOf(text).every((part) => URL.canParse(part) && ['redis:', 'rediss:'].includes(new URL(part).protocol)));

/** Where spans go. */
export const TracingSettings = Type.Object({
  OTLP_URL: Type.String({ default: '', format: 'http-url-or-nothing', description: 'Set the address of an OTLP receiver over HTTP, such as http://collector:4318; nothing to trace nothing.' }),
});

/** What a service needs to keep data and to send and take events. */
export const DataSettings = Type.Object({
  ...TracingSettings.properties,
  DATABASE_URL: postgresUrl(),
  DATABASE_SESSION_URL: Type.String({ default: '', format: 'postgres-url-or-nothing', secret: true, description: 'Set the connection string for locks and notifications where DATABASE_URL leads to a pooler in transaction mode; nothing to take DATABASE_URL.' }),
  DATABASE_POOL_MAX: Type.Integer({ default: 10, minimum: 1, maximum: 200, description: 'Set how many connections each pod may open: 1 to 200.' }),
  KAFKA_BROKERS: Type.String({ default: '', format: 'broker-list', description: 'Set Kafka\'s brokers, such as kafka-0:9092,kafka-1:9092; nothing to keep events in the outbox.' }),
  KAFKA_SESSION_TIMEOUT_MS: milliseconds(10_000, 'a pod may be silent before Kafka gives its events to others; at least the brokers\' group.min.session.timeout.ms'),
});
export type DataSettings = Static<typeof DataSettings>;

export const DomainSettings = Type.Object({
  ...DataSettings.properties,
  CORE_URL: httpUrl('core, whose keys verify tokens'),
  REDIS_URLS: Type.String({ default: '', format: 'redis-list', secret: true, description: 'Set nodes of the Redis cluster, such as redis://redis-0:6379,redis://redis-1:6379; nothing to do without a cache.' }),
});
export type DomainSettings = Static<typeof DomainSettings>;

/** @returns the parts of a list with commas; none for an empty text */
export function listOf(text: string): string[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

/** @returns such as `COMMAND_CENTER_URL` */
export function urlVariable(service: string): string {
  return `${service.toUpperCase().replaceAll('-', '_')}_URL`;
}

/** What a service needs to call others. */
export function callSettings(calls: readonly string[]): Record<string, TSchema> {
  if (calls.length === 0) return {};
  const secret = Type.String({ minLength: 16, maxLength: 200, secret: true, description: 'Set this service\'s secret as SERVICE_CLIENTS of core has it: 16 characters or more.' });
  return { ...Object.fromEntries(calls.map((service) => [urlVariable(service), httpUrl(service)])), SERVICE_CLIENT_SECRET: secret };
}
