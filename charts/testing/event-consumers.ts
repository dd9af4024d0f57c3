/** Who reads which topic, told by the services' own sources. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { domainServices } from './services.ts';

const SERVICES = fileURLToPath(new URL('../../services/', import.meta.url));

function sourceOf(service: string): string {
  const files = globSync(`${ service }/**/*.ts`, { cwd: SERVICES, exclude: (path) => path.endsWith('node_modules') });

  return files.filter((file) => !file.endsWith('.test.ts')).map((file) => readFileSync(`${ SERVICES }/${ file }`, 'utf8')).join('\n');
}

/** Names of topics without "tartware.". @throws Error for a consumer whose topics cannot be told from its source */
function topicsOf(source: string): string[] {
  return [...source.matchAll(/\btopics: (\[[^\]]*\]|Object\.keys\(EVENTS\))/g)].flatMap(([, list = '']) => {
    if (list.startsWith('Object')) {
      return domainServices.map((service) => `${ service }.events`);
    }
    const names = list.slice(1, -1).split(',').map((name) => name.trim());

    return names.map((name) => (name === 'DEAD_LETTERS' ? 'dead-letters' : `${ /^'([\w-]+)'$/.exec(name)?.[1] ?? unknownTopic(name) }.events`));
  });
}

function unknownTopic(name: string): never {
  throw new Error(`a consumer's topic is ${ name }, which is no service's name`);
}

/** Services by the topic that they read, each list in the order of the alphabet. */
export function consumersByTopic(): Record<string, string[]> {
  const found: Record<string, string[]> = {};

  for (const service of domainServices) {
    for (const topic of new Set(topicsOf(sourceOf(service)))) {
      found[topic] = [...found[topic] ?? [], service].sort();
    }
  }

  return found;
}
