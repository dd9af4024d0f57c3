/**
 * Brings Kafka's jars by Maven, with whatever registry the machine's own Maven settings name, into the user's cache folder,
 * and lets Kafka's own tool format a log folder once: each broker starts from a copy, which saves it a second JVM.
 */
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { runToEnd } from './store-process.ts';

export const KAFKA_VERSION = '4.3.1';
const SLF4J_VERSION = '1.7.36';
const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** All single brokers of this project share it; 16 bytes, as Kafka wants. */
const CLUSTER_ID = Buffer.from('tartware-sandbox').toString('base64url');

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tartware</groupId><artifactId>kafka-jars</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>${SLF4J_VERSION}</version></dependency>
  </dependencies>
</project>
`;

export interface KafkaInstall {
  /** A formatted log folder, to be copied. */
  formatted: string;
}

function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tartware-sandbox', 'kafka', KAFKA_VERSION);
}

/** For `java -cp`, once `findKafka` has been waited for. */
export function classPath(): string {
  return jarsIn(cacheFolder());
}

/** Where the classes of a broker lie ready to use for the JVM; one that finds nothing there, or of another Java, starts without. */
export function classArchive(): string {
  return join(cacheFolder(), 'classes.jsa');
}

function jarsIn(folder: string): string {
  return join(folder, 'jars', '*');
}

/**
 * @returns where Kafka lies; fetched on the first call on a machine (44 MB, some ten seconds)
 * @param signal ends the fetching early
 * @throws Error when Maven or Java is missing, or the jars cannot be had
 */
export async function findKafka(signal?: AbortSignal): Promise<KafkaInstall> {
  const folder = cacheFolder();
  const exists = await access(folder).then(() => true, () => false);
  if (!exists) await installInto(folder, signal);
  return { formatted: join(folder, 'formatted') };
}

async function installInto(folder: string, signal: AbortSignal | undefined): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const fresh = await mkdtemp(`${folder}.partial-`);
  try {
    await fetchJars(fresh, signal);
    await format(fresh, signal);
    await rename(fresh, folder);
  } catch (error) {
    const otherWasFirst = await access(folder).then(() => true, () => false);
    if (!otherWasFirst) throw error;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function fetchJars(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const pom = join(folder, 'pom.xml');
  await writeFile(pom, POM);
  await runToEnd('mvn', ['-B', '-q', '-ntp', '-f', pom, `${DEPENDENCY_PLUGIN}:copy-dependencies`, `-DoutputDirectory=${join(folder, 'jars')}`, '-DincludeScope=runtime'], signal)
    .catch((cause: unknown) => {
      throw new Error('Kafka\'s jars could not be fetched by Maven. See that `mvn -version` works (Debian: apt-get install maven) and that it reaches a repository.', { cause });
    });
}

async function format(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const config = join(folder, 'format.properties');
  await writeFile(config, [
    'process.roles=broker,controller',
    'node.id=1',
    'controller.quorum.voters=1@127.0.0.1:1',
    'listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:1',
    'controller.listener.names=CONTROLLER',
    `log.dirs=${join(folder, 'formatted')}`,
    '',
  ].join('\n'));
  await runToEnd('java', ['-cp', jarsIn(folder), 'kafka.tools.StorageTool', 'format', '--cluster-id', CLUSTER_ID, '--config', config], signal)
    .catch((cause: unknown) => {
      throw new Error('Kafka\'s log folder could not be formatted. See that `java -version` says 17 or newer (Debian: apt-get install default-jre-headless).', { cause });
    });
}
