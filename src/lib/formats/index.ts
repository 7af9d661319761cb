/** Every format, in the order in which they are asked; a line each. */
import type { Format } from './format';
import { jaegerJson } from './jaeger-json';
import { otlpJson } from './otlp-json';
import { zipkinV2 } from './zipkin-v2';

export const FORMATS: readonly Format[] = [otlpJson, jaegerJson, zipkinV2];
