/** What the routes of several resources take. */
import { Type } from '@sinclair/typebox';
import { Problem } from '@tartware/kit';
import { Id, PageQuery } from '@tartware/kit/resources';

export const ById = Type.Object({ id: Id });
export const OfProperty = Type.Object({ ...PageQuery.properties, property_id: Type.Optional(Id) });

/** @param what such as `room_type` */
export function codeTaken(what: string, code: string): Problem {
  return new Problem({ status: 409, code: `${what}_code_taken`, message: `The property has a ${what.replace('_', ' ')} with the code ${code} already.`, hint: 'Choose another code.' });
}
