/** Lays out graphs off the main thread: receives a request, returns the layout or an error. */
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
