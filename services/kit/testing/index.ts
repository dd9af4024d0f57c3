export { startKafka } from './kafka.ts';
export type { KafkaOptions, RunningKafka } from './kafka.ts';
export { startPostgres } from './postgres.ts';
export type { PostgresOptions, RunningPostgres } from './postgres.ts';
export { freePort, runProgram, serveProgram } from './program.ts';
export type { Program, ServingProgram } from './program.ts';
export { TEST_TENANT, TEST_USER, createTestKey } from './signing.ts';
export type { TestKey } from './signing.ts';
