/** Paths of the files that tests need. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The project's own input files. */
export const FIXTURES = `${ROOT}tests/fixtures/`;

/** Real trace files, which may lie beside the checkout. */
export const CORPUS = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));

export const HAS_CORPUS = existsSync(`${CORPUS}INDEX.tsv`);
