/**
 * Attacks a running service by its own description. In a service's test:
 * `expect(await attackService({ url, tokens: attackTokens(key) })).toEqual([])`
 */
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { OpenApiDocument, Operation, Parameter } from '../openapi.ts';
import { attacksOn } from './fuzz-attacks.ts';
import type { AttackTokens } from './fuzz-attacks.ts';
import { faultOf, fits } from './fuzz-answers.ts';
import type { Answered, Asked } from './fuzz-answers.ts';
import { asSchema, strangeValues, valuesOf, wellFormed, without } from './fuzz-values.ts';
import type { KnownValues } from './fuzz-values.ts';

export { attackTokens } from './fuzz-attacks.ts';
export type { AttackTokens } from './fuzz-attacks.ts';

export interface AttackOptions {
  /** Base address of the service. */
  url: string;
  tokens: AttackTokens;
  /** Left out: the service's `/openapi.json`; `/internal/openapi.json` for what only services call. */
  document?: OpenApiDocument;
  /** Values that exist, by name of parameter or property: `{ property_id: fc.constant('0199…') }`. */
  known?: KnownValues;
  /** Operations that are not attacked, by `operationId`, such as one that ends the business day. */
  except?: readonly string[];
  /** Requests of each kind for each operation; default 25. */
  runs?: number;
  /** As a failure names it, to see the same again. */
  seed?: number;
}

export interface Target {
  method: string;
  path: string;
  operation: Operation;
}

/**
 * Valid requests must never give 5xx and must answer as described, invalid ones 4xx with code, hint and field; then come the attacks that need no chance.
 * @returns what was found, one line each with the request that shows it, made as small as can be
 */
export async function attackService(options: AttackOptions): Promise<string[]> {
  const { url, tokens, known = {}, except = [], runs = 25, seed = Date.now() % 2 ** 31 } = options;
  const document = options.document ?? await describedAt(url);
  const findings: string[] = [];
  for (const target of targetsOf(document).filter(({ operation }) => !except.includes(operation.operationId))) {
    for (const [kind, requests, judge] of [
      ['valid', validRequests(target, tokens.valid, known), judgeValid],
      ['invalid', invalidRequests(target, tokens.valid, known), judgeInvalid],
    ] as const) {
      const property = fc.asyncProperty(requests, async (asked) => {
        const fault = judge(target, asked, await send(url, asked));
        if (fault !== undefined) throw new Error(fault);
      });
      const { failed, counterexample, errorInstance } = await fc.check(property, { numRuns: runs, seed, endOnFailure: false });
      if (failed) findings.push(`${kind} ${show(counterexample?.[0])} ${errorInstance instanceof Error ? errorInstance.message : 'was not answered'} (seed ${seed})`);
    }
    findings.push(...await attacksOn(url, target, tokens, send));
  }
  return findings;
}

async function describedAt(url: string): Promise<OpenApiDocument> {
  return (await fetch(`${url}/openapi.json`)).json() as Promise<OpenApiDocument>;
}

function targetsOf({ paths }: OpenApiDocument): Target[] {
  return Object.entries(paths).flatMap(([path, operations]) => Object.entries(operations).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })));
}

interface Built extends Asked {
  /** Whether the description takes it; of others only that it fails is known. */
  valid: boolean;
}

type Chosen = Record<string, unknown>;

function validRequests({ method, path, operation }: Target, token: string, known: KnownValues): Arbitrary<Built> {
  const parts = fc.record({
    parameters: fc.record(Object.fromEntries(operation.parameters.map((one) => [keyOf(one), valuesOf(one.schema, known, one.name)])), {
      requiredKeys: operation.parameters.filter(({ required }) => required).map(keyOf), noNullPrototype: true,
    }),
    body: bodyOf(operation, known),
  });
  return parts.map(({ parameters, body }) => build({ method, path, operation }, token, parameters as Chosen, body));
}

/** One place of a valid request is made strange. */
function invalidRequests(target: Target, token: string, known: KnownValues): Arbitrary<Built> {
  const { operation } = target;
  const places = [...operation.parameters.filter(({ in: place }) => place !== 'header').map(keyOf), ...Object.keys(asSchema(schemaOf(operation)?.['properties'])).map((name) => `body ${name}`), ...(schemaOf(operation) ? ['body'] : [])];
  const parameters = fc.record(Object.fromEntries(operation.parameters.map((one) => [keyOf(one), valuesOf(one.schema, known, one.name)])), { noNullPrototype: true });
  return fc.record({ parameters, body: bodyOf(operation, known), place: fc.constantFrom(...(places.length === 0 ? ['none'] : places)), strange: strangeValues, leaveOut: fc.boolean() }).map(
    ({ parameters: given, body, place, strange, leaveOut }) => {
      const chosen: Chosen = { ...given };
      let sent = body;
      if (place in chosen) chosen[place] = typeof strange === 'string' ? strange : JSON.stringify(strange) ?? '';
      else if (place === 'body') sent = strange;
      else if (place.startsWith('body ')) sent = changed(body, place.slice(5), leaveOut, strange);
      return build(target, token, chosen, sent);
    });
}

function changed(body: unknown, name: string, leaveOut: boolean, strange: unknown): unknown {
  const rest = without(asSchema(body), name);
  return leaveOut ? rest : { ...rest, [name]: strange };
}

function build({ method, path, operation }: Target, token: string, parameters: Chosen, body: unknown): Built {
  let filled = path;
  const query = new URLSearchParams();
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  let valid = true;
  for (const parameter of operation.parameters) {
    const value = parameters[keyOf(parameter)];
    if (value === undefined) continue;
    const text = wellFormed(String(value));
    if (parameter.in === 'path') filled = filled.replace(`{${parameter.name}}`, () => encodeURIComponent(text) || '%20');
    else if (parameter.in === 'query') query.set(parameter.name, text);
    else headers[parameter.name.toLowerCase()] = text;
    valid &&= takes(parameter, text);
  }
  const schema = schemaOf(operation);
  const sent = schema === undefined ? undefined : JSON.stringify(body);
  if (sent !== undefined) headers['content-type'] = 'application/json';
  valid &&= schema === undefined || (sent !== undefined && fits(schema, JSON.parse(sent)));
  return { method, path: query.size === 0 ? filled : `${filled}?${query.toString()}`, headers, body: sent, valid };
}

/** A parameter comes as text: it may be meant as any of these. */
function takes({ schema }: Parameter, text: string): boolean {
  const asNumber = /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? [Number(text)] : [];
  return [text, ...asNumber, ...(text === 'true' || text === 'false' ? [text === 'true'] : [])].some((value) => fits(schema, value));
}

const keyOf = ({ in: place, name }: Parameter): string => `${place} ${name}`;
const schemaOf = ({ requestBody }: Operation) => requestBody?.content['application/json']?.schema;

function bodyOf(operation: Operation, known: KnownValues): Arbitrary<unknown> {
  const schema = schemaOf(operation);
  return schema === undefined ? fc.constant(undefined) : valuesOf(schema, known);
}

function judgeValid({ operation }: Target, _asked: Built, answer: Answered): string | undefined {
  return faultOf(operation, answer);
}

function judgeInvalid({ operation }: Target, asked: Built, answer: Answered): string | undefined {
  const fault = faultOf(operation, answer);
  if (fault !== undefined || asked.valid) return fault;
  if (answer.status < 400) return `answered ${answer.status} to what its description refuses`;
  const { code, errors } = JSON.parse(answer.body) as { code: string; errors?: { field?: unknown }[] };
  return code !== 'validation_failed' || errors?.some(({ field }) => typeof field === 'string') === true ? undefined : 'answered without the field that is wrong';
}

async function send(url: string, { method, path, headers, body }: Asked): Promise<Answered> {
  const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }), redirect: 'manual' });
  return { status: response.status, headers: response.headers, body: await response.text() };
}

function show(asked: Asked | undefined): string {
  if (!asked) return '';
  return `${asked.method} ${asked.path.slice(0, 300)} ${JSON.stringify(without(asked.headers, 'authorization'))} ${asked.body?.slice(0, 1_000) ?? ''}`;
}
