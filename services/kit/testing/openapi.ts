/** Checks a service's description with validators that others keep: OpenAPI 3.1 by its official schema, examples by JSON Schema 2020-12. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { MediaType, OpenApiDocument, Parameter } from '../openapi.ts';

/**
 * @param document as `/openapi.json` gives it
 * @returns what is wrong, one line each; nothing when all is right
 */
export async function problemsOfOpenApi(document: OpenApiDocument): Promise<string[]> {
  const { valid, errors } = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>);
  return [...(valid ? [] : [`no OpenAPI 3.1: ${JSON.stringify(errors)}`]), ...problemsOfExamples(document)];
}

function problemsOfExamples(document: OpenApiDocument): string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  addFormats.default(ajv);
  const check = (where: string, schema: object, example: unknown): string[] => {
    // `$ref`s point into the document.
    const validate = ajv.compile({ ...schema, components: document.components });
    return validate(example) ? [] : [`${where}: the example ${JSON.stringify(example)} is not as its schema asks: ${ajv.errorsText(validate.errors)}`];
  };
  const problems: string[] = [];
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const where = `${method.toUpperCase()} ${path}`;
      for (const { name, schema } of operation.parameters) {
        for (const example of examplesOf(schema)) problems.push(...check(`${where} ${name}`, schema, example));
      }
      for (const { schema, example } of mediaTypes(operation)) problems.push(...check(where, schema, example));
    }
  }
  return problems;
}

function examplesOf(schema: Parameter['schema']): unknown[] {
  return Array.isArray(schema['examples']) ? schema['examples'] : [];
}

function mediaTypes({ requestBody, responses }: { requestBody?: { content: Record<string, MediaType> }; responses: Record<string, unknown> }): MediaType[] {
  const answers = Object.values(responses).flatMap((answer) => (typeof answer === 'object' && answer !== null && 'content' in answer ? [answer.content as Record<string, MediaType>] : []));
  return [...(requestBody ? [requestBody.content] : []), ...answers].flatMap((content) => Object.values(content));
}
