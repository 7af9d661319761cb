/** Lays graphs out off the page's thread: a request in, its layout or what went wrong out. */
import { layOut, type GraphLayout, type LayoutRequest } from './graph-layout';

export type LayoutAnswer = { layout: GraphLayout } | { error: string };

addEventListener('message', ({ data }: MessageEvent<LayoutRequest>) => {
  let answer: LayoutAnswer;
  try {
    answer = { layout: layOut(data) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  postMessage(answer);
});
