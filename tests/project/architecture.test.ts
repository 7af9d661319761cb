/** Import directions, as ARCHITECTURE.md has them: the table is data here, and each line that breaks it is named. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/paths';

const LIB = join(ROOT, 'src/lib');

/** What a folder may import: folders, or single files of them. */
const MAY_IMPORT: Record<string, string[]> = {
  model: [],
  bytes: ['model'],
  json: ['model', 'bytes'],
  formats: ['model', 'bytes', 'json'],
  dataset: ['model', 'bytes'],
  engine: ['model', 'bytes', 'dataset'],
  trace: ['model', 'engine/engine.ts'],
  queries: ['model', 'engine/engine.ts'],
  content: ['model'],
  draw: ['model'],
  ui: ['model', 'draw'],
  state: ['model', 'engine/engine.ts', 'queries'],
  views: ['model', 'engine/engine.ts', 'trace', 'queries', 'content', 'state', 'draw', 'ui'],
  host: ['model', 'state', 'engine/engine.ts'],
  shell: [
    'model',
    'engine/engine.ts',
    'queries',
    'content',
    'state',
    'draw',
    'ui',
    'views',
    'host',
  ],
};

/** Folders and files that may import more than the folder that they lie in. */
const PART_MAY_IMPORT: Record<string, string[]> = {
  'state/session.svelte.ts': ['engine/client.ts'],
  // Where files become spans.
  'engine/open/': ['formats'],
};

/** Packages that stay where they are wrapped. */
const PACKAGE_STAYS: { name: RegExp; folders: string[] }[] = [
  {
    name: /^(@duckdb\/duckdb-wasm|duckdb-blocking|virtual:duckdb)/,
    folders: ['dataset', 'engine'],
  },
  { name: /^apache-arrow$/, folders: ['dataset', 'engine'] },
  { name: /^comlink$/, folders: ['engine'] },
  { name: /^uplot$/, folders: ['draw'] },
  { name: /^(@sqlite\.org\/sqlite-wasm|sqlite-wasm)/, folders: ['formats'] },
];

interface Import {
  /** File that imports, from `src/lib`. */
  from: string;
  line: number;
  text: string;
  specifier: string;
}

const IMPORTS = [
  /\b(?:import|export)\s[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/g,
  /\bimport\s+['"]([^'"]+)['"]/g,
  /\bimport\s*\(\s*['"]([^'"]+)['"]/g,
  /\bnew\s+URL\s*\(\s*['"](\.[^'"]+)['"]\s*,\s*import\.meta\.url/g,
];

/** Every import of a file: static, dynamic, for its side effects, and workers by their address. */
function importsOf(from: string, source: string): Import[] {
  // Comments may speak of imports; lines stay where they are.
  const code = source
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ' '));
  return IMPORTS.flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => ({
      from,
      line: code.slice(0, match.index).split('\n').length,
      text: match[0].replace(/\s+/g, ' '),
      specifier: match[1],
    })),
  );
}

/** The file of `src/lib` that is meant; null for a package. */
function target({ from, specifier }: Import): string | null {
  const path = specifier.startsWith('$lib/')
    ? join(LIB, specifier.slice(5))
    : specifier.startsWith('.')
      ? resolve(LIB, dirname(from), specifier)
      : null;
  if (path === null) return null;
  const file = [path, `${path}.ts`, `${path}.js`, join(path, 'index.ts')].find(
    (candidate) => existsSync(candidate) && !statSync(candidate).isDirectory(),
  );
  return relative(LIB, file ?? `${path}.ts`).replaceAll('\\', '/');
}

const folderOf = (file: string) => file.split('/')[0];
const matches = (file: string, allowed: string) => file === allowed || folderOf(file) === allowed;

/** What the parts that a file belongs to may import beside what its folder may. */
const partsOf = (file: string) =>
  Object.entries(PART_MAY_IMPORT).flatMap(([part, allowed]) =>
    file === part || (part.endsWith('/') && file.startsWith(part)) ? allowed : [],
  );

/** Why an import may not be; null where it may. */
function objection(imported: Import): string | null {
  const folder = folderOf(imported.from);
  const file = target(imported);
  if (file === null) {
    const rule = PACKAGE_STAYS.find(({ name }) => name.test(imported.specifier));
    if (!rule || rule.folders.includes(folder)) return null;
    return `${imported.specifier} stays in ${rule.folders.join(' and ')}`;
  }
  if (file.startsWith('../')) {
    return folder === 'shell' && file === '../app.css' ? null : 'leads out of src/lib';
  }
  if (folderOf(file) === folder) {
    const view = (path: string) => path.split('/')[1];
    const isView = folder === 'views' && imported.from.split('/').length > 2;
    return isView && view(file) !== view(imported.from) ? 'a view imports no other view' : null;
  }
  const allowed = [...(MAY_IMPORT[folder] ?? []), ...partsOf(imported.from)];
  return allowed.some((entry) => matches(file, entry))
    ? null
    : `${folder} may import ${allowed.join(', ') || 'nothing'}`;
}

const files = readdirSync(LIB, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(ts|js|svelte)$/.test(file));

describe('import directions', () => {
  it('are those of the table', () => {
    const broken = files.flatMap((file) =>
      importsOf(file, readFileSync(join(LIB, file), 'utf8')).flatMap((imported) => {
        const reason = objection(imported);
        return reason ? [`src/lib/${file}:${imported.line}  ${imported.text}  — ${reason}`] : [];
      }),
    );
    expect(broken).toEqual([]);
  });

  it('cover every folder', () => {
    expect([...new Set(files.map(folderOf))].filter((folder) => !(folder in MAY_IMPORT))).toEqual(
      [],
    );
  });

  it('let the page render the shell and nothing else', () => {
    const routes = join(ROOT, 'src/routes');
    const found = readdirSync(routes, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|js|svelte)$/.test(file))
      .flatMap((file) => importsOf(file, readFileSync(join(routes, file), 'utf8')))
      .map(({ specifier }) => specifier);
    expect(found).toEqual(['$lib/shell/App.svelte']);
  });
});

describe('the check itself', () => {
  const check = (from: string, source: string) =>
    importsOf(from, source).map((imported) => objection(imported));

  it.each([
    ['model/a.ts', `import { x } from '$lib/draw/colour';`],
    ['formats/a.ts', `export { x } from '../engine/gate';`],
    [
      'views/red/Red.svelte',
      `<script>\n  import {\n    a,\n    b,\n  } from '../timeline/layout';\n</script>`,
    ],
    ['views/red/Red.svelte', `import { createEngine } from '$lib/engine/client';`],
    ['views/red/red.ts', `const lazy = await import('$lib/engine/duckdb');`],
    ['state/a.svelte.ts', `import { createEngine } from '$lib/engine/client';`],
    [
      'ui/a.ts',
      `new Worker(new URL('../engine/engine.worker.ts', import.meta.url), { type: 'module' })`,
    ],
    ['views/red/red.ts', `import uPlot from 'uplot';`],
    ['state/a.ts', `import { wrap } from 'comlink';`],
    ['ui/a.ts', `import '@duckdb/duckdb-wasm';`],
    ['ui/a.ts', `import { Table } from 'apache-arrow';`],
    ['dataset/a.ts', `import type { Engine } from '$lib/engine/engine';`],
    ['model/a.ts', `import x from '../../../scripts/serve';`],
  ])('objects to %s: %s', (from, source) => {
    expect(check(from, source)).toEqual([expect.any(String)]);
  });

  it.each([
    ['views/red/Red.svelte', `import { sql } from '$lib/engine/engine';`],
    ['views/red/Red.svelte', `import { layout } from './layout';`],
    ['views/index.ts', `import Red from './red/Red.svelte';`],
    ['state/session.svelte.ts', `import { createEngine } from '$lib/engine/client';`],
    ['engine/open/ingest.ts', `import { FORMATS } from '$lib/formats/registry';`],
    ['draw/chart.ts', `import uPlot from 'uplot';`],
    ['shell/App.svelte', `import '../../app.css';`],
    ['state/a.ts', `import { Session } from './session.svelte';`],
  ])('lets %s have %s', (from, source) => {
    expect(check(from, source)).toEqual([null]);
  });

  it('passes over comments', () => {
    expect(
      check('model/a.ts', `// import { x } from '$lib/draw/a';\n/* import('$lib/ui/a') */`),
    ).toEqual([]);
  });
});
