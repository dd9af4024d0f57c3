/** `node charts/dashboards/write.ts` writes the chart's dashboards; charts/dashboards.test.ts sees that nobody forgot. */
import { writeFileSync } from 'node:fs';
import { documents } from './index.ts';

for (const [file, text] of documents()) {
  writeFileSync(new URL(`../tartware/dashboards/${ file }`, import.meta.url), text);
}
