/** Asks the services for their descriptions and keeps the whole for a while. */
import { getJson } from '@tartware/kit/get-json';
import { mergeOpenApi } from './merge.ts';
import type { JsonObject, MergedDocument, Source } from './merge.ts';

export interface Described {
  service: string;
  /** Its origin, such as `http://rooms:8080`. */
  origin: string;
  prefixes: readonly string[];
}

const KEPT_MS = 60_000;
/** With a part missing it is asked again sooner. */
const KEPT_INCOMPLETE_MS = 5_000;
const TIMEOUT_MS = 2_000;

export class OpenApiOfAll {
  readonly #described: readonly Described[];
  readonly #known = new Map<string, JsonObject>();
  #kept: { document: MergedDocument; until: number } | undefined;
  #running: Promise<MergedDocument> | undefined;

  constructor(described: readonly Described[]) {
    this.#described = described;
  }

  /** A service that is down is left out, or described as it was when it was up, and named in `x-tartware-incomplete`. */
  get(): Promise<MergedDocument> {
    if (this.#kept && this.#kept.until > performance.now()) {
      return Promise.resolve(this.#kept.document);
    }
    this.#running ??= this.#collect().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #collect(): Promise<MergedDocument> {
    const document = mergeOpenApi(await Promise.all(this.#described.map((one) => this.#ask(one))));
    const complete = document['x-tartware-incomplete'].length === 0;
    this.#kept = { document, until: performance.now() + (complete ? KEPT_MS : KEPT_INCOMPLETE_MS) };
    return document;
  }

  async #ask({ service, origin, prefixes }: Described): Promise<Source> {
    try {
      const document = await fetchDocument(`${origin}/openapi.json`);
      this.#known.set(service, document);
      return { service, prefixes, document };
    } catch (error) {
      const reason = error instanceof Error ? error.message || error.name : String(error);
      const known = this.#known.get(service);
      return known === undefined ? { service, prefixes, reason } : { service, prefixes, document: known, reason: `its description is an older one: ${reason}` };
    }
  }
}

async function fetchDocument(url: string): Promise<JsonObject> {
  const document = await getJson(url, TIMEOUT_MS);
  if (typeof document !== 'object' || document === null || !('openapi' in document) || !String(document.openapi).startsWith('3.1')) {
    throw new Error('its description is not OpenAPI 3.1');
  }
  return document as JsonObject;
}
