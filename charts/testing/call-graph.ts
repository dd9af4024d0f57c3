/** Who talks to whom, told by the services' own sources: each names in its settings the addresses that it asks for. */
import { gateway } from '../../services/api-gateway/service.ts';
import { billing } from '../../services/billing/service.ts';
import { commandCenter } from '../../services/command-center/service.ts';
import { core } from '../../services/core/service.ts';
import { guests } from '../../services/guests/service.ts';
import { housekeeping } from '../../services/housekeeping/service.ts';
import { reservations } from '../../services/reservations/service.ts';
import { rooms } from '../../services/rooms/service.ts';
import { settings } from '../../services/settings/service.ts';
import { services } from './services.ts';

export type Service = (typeof services)[number];

const definitions = { 'api-gateway': gateway, core, reservations, billing, guests, rooms, settings, housekeeping, 'command-center': commandCenter } as const;

/** Variables that hold the address of something else than a service. */
const STORES: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgresql', DATABASE_SESSION_URL: 'postgresql', REDIS_URLS: 'redis', KAFKA_BROKERS: 'kafka', CLICKHOUSE_URL: 'clickhouse', OTLP_URL: 'otlp',
};

export const stores = [...new Set(Object.values(STORES))];

/** Names of the variables of a service that hold addresses. */
function addresses(service: Service): string[] {
  return Object.keys(definitions[service].settings?.properties ?? {}).filter((name) => /_(URLS?|BROKERS)$/.test(name));
}

export const variableOf = (service: Service): string => `${ service.toUpperCase().replace('-', '_') }_URL`;

/** The services that a service calls. */
export function calleesOf(service: Service): Service[] {
  return services.filter((callee) => addresses(service).includes(variableOf(callee)));
}

/** The stores that a service uses. */
export function storesOf(service: Service): string[] {
  return [...new Set(addresses(service).flatMap((variable) => STORES[variable] ?? []))];
}

/** Addresses that are neither a service's nor a known store's. */
export function strangers(service: Service): string[] {
  return addresses(service).filter((variable) => !(variable in STORES) && !services.some((callee) => variable === variableOf(callee)));
}
