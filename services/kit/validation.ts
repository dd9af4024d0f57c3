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
    if (compiled.Check(value)) {
      return { value };
    }
    return { error: firstOfEachField(compiled.Errors(value)) };
  };
};

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
  return { keyword: 'schema', instancePath: path, schemaPath: '', params: {}, message: explain(message, schema) };
}

function explain(message: string, { [Kind]: kind, description, enum: values }: TSchema): string {
  // TypeBox knows no more of kinds that are not its own than their name.
  if (kind === 'Choice') return `Expected one of ${(values as string[]).join(', ')}`;
  const expected = kind === 'Nullable' ? 'Expected null or what is described' : message;
  return typeof description === 'string' ? `${expected}: ${description}` : expected;
}
