/** Free text that people write. PostgreSQL has no character 0. */
import { Type } from '@sinclair/typebox';

export const Note = Type.String({ maxLength: 2_000, pattern: '^[^\\u0000]*$', description: 'up to 2000 characters' });
export const Title = Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]*$', description: '1 to 200 characters', examples: ['The shower drips'] });
export const Reason = Type.String({ minLength: 1, maxLength: 2_000, pattern: '^[^\\u0000]*$', description: '1 to 2000 characters', examples: ['Water damage'] });
