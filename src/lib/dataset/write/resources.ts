import type { Resource } from '$lib/model/span';

/** More are not remembered: one that comes again then gets a second number, which changes nothing but its size. */
const MAX_REMEMBERED = 20_000;

/** Numbers for resources. Files repeat the resource of a producer again and again, so equal ones are one. */
export class Resources {
  private count = 0;
  private last: Resource | null = null;
  private lastNumber = 0;
  /** Those that have keys which the index leaves out. */
  private readonly incomplete = new Set<number>();
  private byObject = new Map<Resource, number>();
  private readonly byText = new Map<string, number>();

  /** @param onNew takes a resource that had no number yet; returns whether the index leaves out a key of it. */
  constructor(private readonly onNew: (number: number, resource: Resource) => boolean) {}

  number(resource: Resource): number {
    if (resource === this.last) return this.lastNumber;
    let number = this.byObject.get(resource);
    if (number === undefined) {
      number = this.numberByText(resource);
      this.byObject.set(resource, number);
    }
    this.last = resource;
    this.lastNumber = number;
    return number;
  }

  /** Whether the index leaves out a key of the resource that was asked for last. */
  get isLastIncomplete(): boolean {
    return this.incomplete.size > 0 && this.incomplete.has(this.lastNumber);
  }

  /** Lets go of the objects, which formats make anew; their content is remembered. */
  endBatch(): void {
    this.last = null;
    this.byObject = new Map();
  }

  private numberByText(resource: Resource): number {
    const text = JSON.stringify(resource.attributes);
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const number = this.count++;
    if (this.byText.size < MAX_REMEMBERED) this.byText.set(text, number);
    if (this.onNew(number, resource)) this.incomplete.add(number);
    return number;
  }
}
