/** Settings from the environment, described by a TypeBox schema whose `description` tells an operator what to set. */
import { Type } from '@sinclair/typebox';
import type { Static, TInteger, TObject, TProperties, TString } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { convertTexts } from './convert.ts';
import { addFormat } from './formats.ts';

/** Every service's settings. */
export const ServerSettings = Type.Object({
  HOST: Type.String({ default: '0.0.0.0', minLength: 1, description: 'Set the address to listen on, such as 127.0.0.1.' }),
  PORT: port(8080, 'the API'),
  OPS_PORT: port(9090, 'health and metrics'),
  LOG_LEVEL: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) => Type.Literal(level)),
    { default: 'info', description: 'Set one of trace, debug, info, warn, error, fatal, silent.' },
  ),
  SHUTDOWN_GRACE_MS: milliseconds(20_000, 'a request may take to end after SIGTERM; shorter than terminationGracePeriodSeconds of the pod'),
  REUSE_PORT: Type.Boolean({ default: false, description: 'Set true to let two processes listen on one port (Linux), else false.' }),
});

export function port(standard: number, what: string): TInteger {
  return Type.Integer({ default: standard, minimum: 0, maximum: 65_535, description: `Set the port of ${what}: a whole number from 1 to 65535, or 0 for a free one.` });
}

export function milliseconds(standard: number, what: string): TInteger {
  return Type.Integer({ default: standard, minimum: 1, maximum: 3_600_000, description: `Set how many milliseconds ${what}: a whole number from 1 to 3600000.` });
}

addFormat('http-url', (text) => hasProtocol(text, ['http:', 'https:']));
addFormat('postgres-url', (text) => hasProtocol(text, ['postgres:', 'postgresql:']));

function hasProtocol(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

/** @param what the address is of */
export function httpUrl(what: string): TString {
  return Type.String({ format: 'http-url', description: `Set the address of ${what}, such as http://127.0.0.1:8080.` });
}

/** A connection string; never shown, since it holds a password. */
export function postgresUrl(): TString {
  return Type.String({ format: 'postgres-url', secret: true, description: 'Set the connection string, such as postgres://user:password@host:5432/tartware.' });
}

export interface SettingProblem {
  variable: string;
  message: string;
}

/** All that is wrong with the environment, at once. */
export class SettingsError extends Error {
  readonly code = 'settings_wrong';
  readonly hint = 'Set the variables named and start again.';
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(problems.map(({ variable, message }) => `${variable} ${message}`).join('\n'));
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

/**
 * @param env such as `process.env`; an empty variable counts as not set
 * @returns the settings, converted to their types, with defaults
 * @throws SettingsError that names every wrong variable; values marked `secret` in the schema are not repeated
 */
export function readSettings<Properties extends TProperties>(schema: TObject<Properties>, env: NodeJS.ProcessEnv): Static<TObject<Properties>> {
  const given = Object.fromEntries(Object.keys(schema.properties).map((name) => [name, env[name] || undefined]).filter(([, value]) => value !== undefined));
  const converted = convertTexts(schema, given);
  if (Value.Check(schema, converted)) {
    return converted;
  }
  const problems = Object.entries(schema.properties).flatMap(([variable, property]) => {
    const value: unknown = (converted as Record<string, unknown>)[variable];
    return value !== undefined && Value.Check(property, value) ? [] : [{ variable, message: describe(property, env[variable]) }];
  });
  throw new SettingsError(problems);
}

function describe(schema: unknown, value: string | undefined): string {
  const { description, secret } = schema as { description?: string; secret?: boolean };
  const state = value ? (secret ? 'is not right' : `is ${JSON.stringify(value)}`) : 'is missing';
  return `${state}. ${description ?? ''}`.trim();
}
