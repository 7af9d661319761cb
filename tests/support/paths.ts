/** Where tests find what lies beside the code. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The checkout, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Inputs of the project's own making. */
export const FIXTURES = `${ROOT}tests/fixtures/`;

/** Real trace files, which may lie beside the checkout. */
export const CORPUS = fileURLToPath(new URL('../../../shared/corpus/', import.meta.url));

export const HAS_CORPUS = existsSync(`${CORPUS}INDEX.tsv`);
