/** What is said on the command line. */
import { parseArgs } from 'node:util';
import { DEMO_TENANT_ID } from '../core/seed.ts';
import { SeedError } from './errors.ts';
import type { SeedOptions } from './seed.ts';

export const HELP = `Makes hotels with a year of rates, guests, reservations in all states, folios, invoices and night audits.

  npm run seed -- --properties N [options]

  --properties N                 how many hotels, 1 to 9999
  --reservations-per-property M  0 to 20000; 1000 unless told. The hotels are as large as that asks for.
  --seed S                       0 to 999999; 42 unless told. The same seed makes the same hotels, and none twice.
  --tenant ID                    whose they are; the demo tenant unless told
  --database-url URL             of a login that owns the schemas; DATABASE_URL unless told
  --help                         this text

What is there already is left as it is. Progress goes to standard error, the result as one line of JSON to standard output.`;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** @returns nothing when help was asked for @throws SeedError `option_wrong` */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Omit<SeedOptions, 'progress' | 'now'> | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const databaseUrl = values['database-url'] ?? env['DATABASE_URL'] ?? '';
  if (!/^postgres(ql)?:\/\/.+/.test(databaseUrl)) throw wrong('--database-url is missing or no address of PostgreSQL.', 'Name it, such as postgres://user:password@127.0.0.1:5432/tartware, or set DATABASE_URL.');
  const tenantId = (values.tenant ?? DEMO_TENANT_ID).toLowerCase();
  if (!UUID.test(tenantId)) throw wrong(`--tenant ${tenantId} is no UUID.`, 'Name the id of a tenant.');
  return {
    databaseUrl,
    tenantId,
    properties: wholeNumber('--properties', values.properties, 1, 9_999),
    reservationsPerProperty: wholeNumber('--reservations-per-property', values['reservations-per-property'] ?? '1000', 0, 20_000),
    seed: wholeNumber('--seed', values.seed ?? '42', 0, 999_999),
  };
}

interface Values {
  properties?: string;
  'reservations-per-property'?: string;
  seed?: string;
  tenant?: string;
  'database-url'?: string;
  help?: boolean;
}

function parse(args: readonly string[]): Values {
  try {
    return parseArgs({
      // "--properties -3" is a number that is wrong, not an option.
      args: joinNegative(args),
      options: {
        properties: { type: 'string' }, 'reservations-per-property': { type: 'string' }, seed: { type: 'string' }, tenant: { type: 'string' }, 'database-url': { type: 'string' }, help: { type: 'boolean' },
      },
    }).values;
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : String(cause), 'See --help.', { cause });
  }
}

function joinNegative(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const next = args[index + 1];
    if (/^-\d/.test(arg) && /^--[a-z-]+$/.test(args[index - 1] ?? '')) return [];
    return arg.startsWith('--') && next !== undefined && /^-\d/.test(next) ? [`${arg}=${next}`] : [arg];
  });
}

function wholeNumber(name: string, text: string | undefined, min: number, max: number): number {
  const value = text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : undefined;
  if (value === undefined || value < min || value > max) {
    throw wrong(`${name} ${text === undefined ? 'is missing' : `is ${text}`}.`, `Give a whole number from ${min} to ${max}.`);
  }
  return value;
}

function wrong(message: string, hint: string, options?: ErrorOptions): SeedError {
  return new SeedError('option_wrong', message, hint, options);
}
