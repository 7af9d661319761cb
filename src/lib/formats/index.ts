/** Every format, in the order in which they are asked; a line each. */
import type { Format } from './format';
import { otlpJson } from './otlp-json';

export const FORMATS: readonly Format[] = [otlpJson];
