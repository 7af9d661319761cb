/** Numbers for what spans do: each different service, operation and name together is one. */
export class Operations {
  readonly services: string[] = [];
  readonly operations: string[] = [];
  readonly names: string[] = [];
  /** By service and name, which is all that differs in most data: the numbers that have them. */
  private readonly known = new Map<string, Map<string, number[]>>();
  /** The number of each span. */
  private ofSpan = new Int32Array(4096);
  private spans = 0;

  /** The number for the next span. */
  add(service: string, operation: string, name: string): number {
    const number = this.number(service, operation, name);
    if (this.spans === this.ofSpan.length) {
      const larger = new Int32Array(this.spans * 2);
      larger.set(this.ofSpan);
      this.ofSpan = larger;
    }
    this.ofSpan[this.spans++] = number;
    return number;
  }

  get count(): number {
    return this.names.length;
  }

  /** The number of a span that was added. */
  of(spanNo: number): number {
    return this.ofSpan[spanNo];
  }

  private number(service: string, operation: string, name: string): number {
    let ofService = this.known.get(service);
    if (!ofService) this.known.set(service, (ofService = new Map<string, number[]>()));
    let numbers = ofService.get(name);
    if (!numbers) ofService.set(name, (numbers = []));
    for (const number of numbers) if (this.operations[number] === operation) return number;
    const number = this.names.length;
    numbers.push(number);
    this.services.push(service);
    this.operations.push(operation);
    this.names.push(name);
    return number;
  }
}
