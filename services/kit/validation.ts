/** Checks requests against their TypeBox schemas and says which field is wrong. */
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import { Kind } from '@sinclair/typebox';
import type { TSchema } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import type { ValueError } from '@sinclair/typebox/compiler';
import { convertTexts } from './convert.ts';
import './formats.ts';

const ERRORS_SHOWN = 20;

/** Texts from the URL and headers are converted to the schema's types; a JSON body has types of its own and is taken as it is. */
export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const compiled = TypeCompiler.Compile(schema);
  return (given: unknown) => {
    const value = httpPart === 'body' ? given : convertTexts(schema, given);
    if (!compiled.Check(value)) {
      return { error: firstOfEachField(compiled.Errors(value)) };
    }
    const broken = httpPart === 'body' ? halfCharacters(value) : new Set<string>();
    return broken.size === 0 ? { value } : { error: [...broken].map((path) => wrong(path, 'Expected whole Unicode characters: half of a surrogate pair is none')) };
  };
};

const HALF = /\p{Surrogate}/u;

/**
 * JSON can write half of a surrogate pair. It has no UTF-8, so it could not be kept: a text column would quietly take another character for it, a JSON column refuse it.
 * @returns where they are in a JSON document, as JSON pointers. Without recursion, since a document may be as deep as it likes
 */
function halfCharacters(document: unknown): Set<string> {
  const found = new Set<string>();
  const left: [path: string, value: unknown][] = [['', document]];
  for (let next = left.pop(); next && found.size < ERRORS_SHOWN; next = left.pop()) {
    const [path, value] = next;
    if (typeof value === 'string' && HALF.test(value)) found.add(path);
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, part] of Object.entries(value)) {
      // The name as it is would be half a character in the answer.
      if (HALF.test(name)) found.add(path);
      left.push([`${path}/${name}`, part]);
    }
  }
  return found;
}

/** A missing field is reported once as missing and once as of the wrong type: the first says it best. */
function firstOfEachField(errors: Iterable<ValueError>): FastifySchemaValidationError[] {
  const byField = new Map<string, FastifySchemaValidationError>();
  for (const error of errors) {
    if (byField.size >= ERRORS_SHOWN) {
      break;
    }
    if (!byField.has(error.path)) {
      byField.set(error.path, toFastify(error));
    }
  }
  return [...byField.values()];
}

function toFastify({ path, message, schema }: ValueError): FastifySchemaValidationError {
  return wrong(path, explain(message, schema));
}

function wrong(instancePath: string, message: string): FastifySchemaValidationError {
  return { keyword: 'schema', instancePath, schemaPath: '', params: {}, message };
}

function explain(message: string, { [Kind]: kind, description, enum: values }: TSchema): string {
  // TypeBox knows no more of kinds that are not its own than their name.
  if (kind === 'Choice') return `Expected one of ${(values as string[]).join(', ')}`;
  const expected = kind === 'Nullable' ? 'Expected null or what is described' : message;
  return typeof description === 'string' ? `${expected}: ${description}` : expected;
}
