/** Gives spans their resource and their scope, which stand before them or, in some files, behind them. */
import type { SpanSink } from '$lib/formats/contract';
import {
  NO_ATTRIBUTES,
  NO_RESOURCE,
  type Attributes,
  type Resource,
  type Span,
} from '$lib/model/span';

export interface Scope {
  name: string;
  /** Its version and attributes, which each of its spans gets. */
  attributes: Attributes;
}

export const NO_SCOPE: Scope = { name: '', attributes: NO_ATTRIBUTES };

/** Resources and scopes by the offset where what they describe begins. */
export interface Ahead {
  resources: Map<number, Resource>;
  scopes: Map<number, Scope>;
}

/** How many spans may wait for a resource behind them. Beyond that, the file is read twice. */
const MAX_HELD = 20_000;

export class Placing {
  /** Null until it is known; spans wait until then. */
  private resource: Resource | null = null;
  private scope: Scope | null = null;
  /** Where the current ones began: the same in a second reading. */
  private resourceAt = 0;
  private scopeAt = 0;
  private held: Span[] = [];
  /** The first of the held spans that belongs to the current scope. */
  private heldOfScope = 0;
  private ahead: Ahead | null = null;

  constructor(private readonly sink: SpanSink) {}

  enterResource(at: number): void {
    this.resourceAt = at;
    this.resource = this.ahead ? (this.ahead.resources.get(at) ?? NO_RESOURCE) : null;
  }

  leaveResource(): void {
    this.setResource(this.resource ?? NO_RESOURCE);
  }

  enterScope(at: number): void {
    this.scopeAt = at;
    this.scope = this.ahead ? (this.ahead.scopes.get(at) ?? NO_SCOPE) : null;
    this.heldOfScope = this.held.length;
  }

  leaveScope(): void {
    if (this.scope === null) this.setScope(NO_SCOPE);
  }

  setScope(scope: Scope): void {
    // Spans that came after it already have it, whatever else they wait for.
    if (this.scope === null) {
      for (let i = this.heldOfScope; i < this.held.length; i++) applyScope(this.held[i], scope);
    }
    this.scope = scope;
    this.heldOfScope = this.held.length;
    if (this.resource) this.release(this.resource);
  }

  setResource(resource: Resource): void {
    this.resource = resource;
    this.release(resource);
  }

  /** @returns true if too many spans wait: the caller should then read ahead and call `setAhead`. */
  add(span: Span): boolean {
    if (this.scope) applyScope(span, this.scope);
    if (this.scope && this.resource) {
      span.resource = this.resource;
      this.sink.span(span);
      return false;
    }
    this.held.push(span);
    return this.held.length >= MAX_HELD;
  }

  /** All resources and scopes of the file, after which no span has to wait. */
  setAhead(ahead: Ahead): void {
    this.ahead = ahead;
    if (!this.scope) this.setScope(ahead.scopes.get(this.scopeAt) ?? NO_SCOPE);
    if (!this.resource) this.setResource(ahead.resources.get(this.resourceAt) ?? NO_RESOURCE);
  }

  private release(resource: Resource): void {
    for (const span of this.held) {
      span.resource = resource;
      this.sink.span(span);
    }
    this.held = [];
    this.heldOfScope = 0;
  }
}

/** The resource with these attributes; the last `service.name` counts. */
export function resourceOf(attributes: Attributes): Resource {
  let service = '';
  for (let i = 0; i < attributes.length; i += 2) {
    if (attributes[i] === 'service.name') service = attributes[i + 1];
  }
  return { service, attributes };
}

/** The scope with this name, version and attributes. */
export function scopeOf(name: string, version: string, own: Attributes): Scope {
  const attributes: Attributes = [];
  if (version !== '') attributes.push('otel.scope.version', version);
  for (let i = 0; i < own.length; i += 2) attributes.push(`otel.scope.${own[i]}`, own[i + 1]);
  return { name, attributes };
}

function applyScope(span: Span, scope: Scope): void {
  span.scope = scope.name;
  if (scope.attributes.length === 0) return;
  // Lists without attributes are shared: a span that gets some needs its own.
  if (span.attributes.length === 0) span.attributes = scope.attributes.slice();
  else for (const text of scope.attributes) span.attributes.push(text);
}
