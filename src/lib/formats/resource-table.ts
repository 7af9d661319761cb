/** Resources by content, so that spans of one producer share one object, which the dataset's writer relies on. */
import { NO_RESOURCE, type Attributes, type Resource } from '$lib/model/span';

/** At this size the table is cleared: real resources are fewer. */
const MOST = 4096;

export class ResourceTable {
  private readonly known = new Map<string, Resource>();

  /** A resource with only a service name. */
  ofService(service: string | null): Resource {
    return service ? this.of(['service.name', service]) : NO_RESOURCE;
  }

  /** A resource with attributes; its service is their `service.name`. */
  of(attributes: Attributes): Resource {
    if (attributes.length === 0) return NO_RESOURCE;
    const key = JSON.stringify(attributes);
    let resource = this.known.get(key);
    if (!resource) {
      let service = '';
      for (let i = 0; i < attributes.length; i += 2) {
        if (attributes[i] === 'service.name') service = attributes[i + 1];
      }
      resource = { service, attributes };
      if (this.known.size >= MOST) this.known.clear();
      this.known.set(key, resource);
    }
    return resource;
  }
}
