/** Writes the demo's dataset with the page's own engine; `scripts/run-with-engine.ts` runs it. */
import { writeFile } from 'node:fs/promises';
import { writeDataset } from '../node-engine';
import { demoSpans } from './demo-spans';

const bytes = await writeDataset(demoSpans(), {
  name: 'Demo: a shop and its agents',
  sources: ['scripts/demo'],
  format: 'Demo',
});
await writeFile('static/demo.duckdb', bytes);
console.log(`static/demo.duckdb: ${(bytes.length / 1e6).toFixed(1)} MB`);
