/**
 * Values that come again and again in the same words, such as the resource of each line of a log: read once, and found again by
 * their bytes, so that equal ones are one object.
 */
import { JsonReader } from './reader';

/** Tried in turn, byte by byte. */
const RECENT = 8;

export class KnownValues<T> {
  private readonly part = new JsonReader();
  private readonly byText = new Map<string, T>();
  private readonly recent: { source: Uint8Array; value: T }[] = [];

  /**
   * @param parse reads the value from a reader of its own
   * @param most after so many different ones it starts anew: memory stays bounded
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
