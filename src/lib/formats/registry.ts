/** Every format, in the order in which they are asked; a line each. */
import type { Format } from './contract';
import { chromeTrace } from '$lib/formats/chrome/chrome-trace';
import { jaegerJson } from '$lib/formats/jaeger/jaeger-json';
import { otlpJson } from '$lib/formats/otlp/otlp-json';
import { zipkinV2 } from '$lib/formats/zipkin/zipkin-v2';

export const FORMATS: readonly Format[] = [otlpJson, jaegerJson, zipkinV2, chromeTrace];
