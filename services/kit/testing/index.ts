export { startPostgres } from './postgres.ts';
export type { PostgresOptions, RunningPostgres } from './postgres.ts';
export { TEST_TENANT, TEST_USER, createTestKey } from './signing.ts';
export type { TestKey } from './signing.ts';
