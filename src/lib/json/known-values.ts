/**
 * Values that repeat verbatim, such as the resource in each line of a log. Each is parsed once and then recognised by its
 * bytes, so equal values are the same object.
 */
import { JsonReader } from './reader';

/** How many values are compared byte by byte before the map is consulted. */
const RECENT = 8;

export class KnownValues<T> {
  private readonly part = new JsonReader();
  private readonly byText = new Map<string, T>();
  private readonly recent: { source: Uint8Array; value: T }[] = [];

  /**
   * @param parse reads the value, from a separate reader
   * @param most after this many different values, all are forgotten: this bounds memory
   */
  constructor(
    private readonly parse: (part: JsonReader) => T,
    private readonly most = 4096,
  ) {}

  read(json: JsonReader): T {
    const { recent } = this;
    for (let i = 0; i < recent.length; i++) {
      const known = recent[i];
      if (!json.trySource(known.source)) continue;
      if (i > 0) {
        recent[i] = recent[i - 1];
        recent[i - 1] = known;
      }
      return known.value;
    }
    const replaced = json.replacedTexts;
    const source = json.source();
    const text = new TextDecoder().decode(source);
    let value = this.byText.get(text);
    if (value === undefined) {
      value = this.parse(this.part.reset(source));
      json.replacedTexts = replaced + this.part.replacedTexts;
      if (this.byText.size >= this.most) this.byText.clear();
      this.byText.set(text, value);
    }
    if (recent.length >= RECENT) recent.pop();
    recent.push({ source, value });
    return value;
  }
}
