import { resolve } from 'node:path';
import closeWithGrace from 'close-with-grace';
import { createServer } from './server.ts';

/** The image sets the folder; the rest is for the sandbox, whose pods share the machine's address. */
const { BUNDLE_FOLDER = 'bundle', HOST = '0.0.0.0', PORT = '8080' } = process.env;

const app = await createServer(resolve(BUNDLE_FOLDER));
await app.listen({ host: HOST, port: Number(PORT) });
closeWithGrace({ delay: 5_000, logger: app.log }, async () => app.close());
