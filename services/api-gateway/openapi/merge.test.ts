import { describe, expect, it } from 'vitest';
import { mergeOpenApi } from './merge.ts';
import type { JsonObject, Source } from './merge.ts';

function source(service: string, paths: string[], components: JsonObject = {}): Source {
  const get = { responses: { 200: { $ref: '#/components/responses/Page' } } };
  return { service, prefixes: [`/v1/${service}`], document: { openapi: '3.1.0', paths: Object.fromEntries(paths.map((path) => [path, { get }])), components } };
}

describe('descriptions of several services', () => {
  it('have the paths that the gateway routes to each, and no others', () => {
    const merged = mergeOpenApi([source('rooms', ['/v1/rooms', '/v1/rooms/{id}', '/v1/roomsomething', '/internal/rooms']), source('guests', ['/v1/guests', '/v1/rooms'])]);
    expect(Object.keys(merged.paths)).toEqual(['/v1/rooms', '/v1/rooms/{id}', '/v1/guests']);
    expect(merged['x-tartware-incomplete']).toEqual([]);
  });

  it('share components that are the same', () => {
    const page = { responses: { Page: { description: 'a page' } } };
    expect(mergeOpenApi([source('rooms', [], page), source('guests', [], page)]).components).toEqual(page);
  });

  it('keep components of one name apart when they differ, and references to them', () => {
    const merged = mergeOpenApi([
      source('rooms', ['/v1/rooms'], { responses: { Page: { description: 'rooms' } } }),
      source('guests', ['/v1/guests'], { responses: { Page: { description: 'guests' }, Other: { $ref: '#/components/responses/Page' } } }),
    ]);
    expect(merged.components).toEqual({ responses: { 'Page': { description: 'rooms' }, 'guests-Page': { description: 'guests' }, 'Other': { $ref: '#/components/responses/guests-Page' } } });
    expect(JSON.stringify(merged.paths['/v1/rooms'])).toContain('"#/components/responses/Page"');
    expect(JSON.stringify(merged.paths['/v1/guests'])).toContain('"#/components/responses/guests-Page"');
  });

  it('say what is missing', () => {
    const merged = mergeOpenApi([source('rooms', ['/v1/rooms']), { service: 'guests', prefixes: ['/v1/guests'], reason: 'connect ECONNREFUSED' }]);
    expect([Object.keys(merged.paths), merged['x-tartware-incomplete']]).toEqual([['/v1/rooms'], [{ service: 'guests', reason: 'connect ECONNREFUSED' }]]);
  });
});
