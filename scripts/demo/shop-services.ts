/** The shop's processes: their hosts, and how one calls another. */
import type { SpanKind } from '../../src/lib/model/span';
import type { Random } from './random';
import {
  flat,
  type AttributeValues,
  type Failure,
  type OpenSpan,
  type Producer,
  type Recorder,
} from './recorder';

export type ServiceName =
  'frontend' | 'cart' | 'checkout' | 'payment' | 'inventory' | 'shipping' | 'recommendation';

interface Runtime {
  language: string;
  sdk: string;
  scope: string;
  version: string;
  replicas: number;
}

const RUNTIMES: Record<ServiceName, Runtime> = {
  frontend: {
    language: 'nodejs',
    sdk: '2.2.0',
    scope: '@opentelemetry/instrumentation-http',
    version: '5.12.0',
    replicas: 2,
  },
  cart: {
    language: 'dotnet',
    sdk: '1.13.1',
    scope: 'OpenTelemetry.Instrumentation.AspNetCore',
    version: '3.1.4',
    replicas: 1,
  },
  checkout: {
    language: 'go',
    sdk: '1.38.0',
    scope: 'go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc',
    version: '2.8.1',
    replicas: 2,
  },
  payment: {
    language: 'java',
    sdk: '1.55.0',
    scope: 'io.opentelemetry.grpc-1.6',
    version: '4.0.2',
    replicas: 1,
  },
  inventory: {
    language: 'go',
    sdk: '1.38.0',
    scope: 'go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc',
    version: '1.19.0',
    replicas: 2,
  },
  shipping: {
    language: 'rust',
    sdk: '0.31.0',
    scope: 'shipping',
    version: '0.9.3',
    replicas: 1,
  },
  recommendation: {
    language: 'python',
    sdk: '1.38.0',
    scope: 'opentelemetry.instrumentation.grpc',
    version: '6.2.0',
    replicas: 2,
  },
};

/** When payment's new version goes live, which supports one card network less. */
export const PAYMENT_DEPLOY_MS = 13 * 60_000;
/** How far the clock of recommendation's second host is behind. */
export const SKEW_MS = -380;

/** How a call ended. */
export interface Outcome {
  endMs: number;
  failure?: CallFailure;
}

export interface CallFailure extends Failure {
  grpcStatus: number;
  httpStatus: number;
}

export class Cluster {
  private readonly replicas = new Map<string, Producer[]>();

  constructor(
    private readonly random: Random,
    private readonly recorder: Recorder,
  ) {
    for (const [name, runtime] of Object.entries(RUNTIMES) as [ServiceName, Runtime][]) {
      this.replicas.set(name, this.makeReplicas(name, runtime, runtime.version));
    }
    const runtime = RUNTIMES.payment;
    this.replicas.set('payment-next', this.makeReplicas('payment', runtime, '4.1.0'));
  }

  /** One of the service's processes that are running at that time. */
  pick(service: ServiceName, atMs: number): Producer {
    const deployed = service === 'payment' && atMs >= PAYMENT_DEPLOY_MS;
    return this.random.pick(this.replicas.get(deployed ? 'payment-next' : service)!);
  }

  /** A gRPC call: a client span in the caller, a server span in the callee, with network time between. */
  grpc(
    caller: OpenSpan,
    callee: ServiceName,
    method: string,
    atMs: number,
    serve: (server: OpenSpan, atMs: number) => Outcome,
  ): Outcome {
    const [rpcService, rpcMethod] = method.split('/');
    const common = {
      'rpc.system': 'grpc',
      'rpc.service': rpcService,
      'rpc.method': rpcMethod,
      'server.address': callee,
      'server.port': 8080,
    };
    const client = this.recorder.start(caller, caller.producer, method, 'CLIENT', atMs);
    const arrivesMs = atMs + this.random.latency(0.5);
    const producer = this.pick(callee, arrivesMs);
    const server = this.recorder.start(client, producer, method, 'SERVER', arrivesMs);
    const { endMs, failure } = serve(server, arrivesMs + this.random.latency(0.15));
    const grpcStatus = failure?.grpcStatus ?? 0;
    server.set({
      ...common,
      'network.peer.address': `10.4.${this.random.int(0, 3)}.${this.random.int(2, 250)}`,
      'network.transport': 'tcp',
      'rpc.grpc.status_code': grpcStatus,
    });
    if (failure) server.fail(failure, endMs);
    server.end(endMs + 0.02);
    const backMs = endMs + this.random.latency(0.5);
    client.set({ ...common, 'rpc.grpc.status_code': grpcStatus });
    if (failure) {
      client.span.status = 'ERROR';
      client.span.statusDescription = failure.message;
      client.set({ 'error.type': failure.type });
    }
    client.end(backMs);
    return { endMs: backMs, failure };
  }

  /** A span in the caller: an internal step, or a call to something that records no spans. */
  open(
    caller: OpenSpan,
    name: string,
    atMs: number,
    attributes: AttributeValues,
    kind: SpanKind = 'CLIENT',
  ): OpenSpan {
    return this.recorder.start(caller, caller.producer, name, kind, atMs).set(attributes);
  }

  /** Returns when it ended. */
  postgres(
    caller: OpenSpan,
    operation: string,
    table: string,
    query: string,
    atMs: number,
    durationMs: number,
    more: AttributeValues = {},
  ): number {
    return this.open(caller, `${operation} ${table}`, atMs, {
      'db.system.name': 'postgresql',
      'db.namespace': 'shop',
      'db.operation.name': operation,
      'db.collection.name': table,
      'db.query.text': query,
      'server.address': 'postgres-0.db.internal',
      'server.port': 5432,
      'peer.service': 'postgres',
      ...more,
    }).end(atMs + durationMs);
  }

  /** Returns when it ended. */
  redis(caller: OpenSpan, command: string, key: string, atMs: number): number {
    return this.open(caller, command, atMs, {
      'db.system.name': 'redis',
      'db.operation.name': command,
      'db.query.text': `${command} ${key}`,
      'server.address': 'redis-0.db.internal',
      'server.port': 6379,
      'peer.service': 'redis',
    }).end(atMs + this.random.latency(0.4, 0.5));
  }

  private makeReplicas(name: ServiceName, runtime: Runtime, version: string): Producer[] {
    return Array.from({ length: runtime.replicas }, (_, i): Producer => ({
      resource: {
        service: name,
        attributes: flat({
          'service.name': name,
          'service.namespace': 'shop',
          'service.version': version,
          'service.instance.id': this.random.uuid(),
          'host.name': `${name}-${this.random.hex(4)}-${i}`,
          'k8s.namespace.name': 'shop',
          'cloud.region': i === 0 ? 'eu-central-1' : 'eu-west-1',
          'deployment.environment.name': 'production',
          'telemetry.sdk.language': runtime.language,
          'telemetry.sdk.name': 'opentelemetry',
          'telemetry.sdk.version': runtime.sdk,
        }),
      },
      scope: runtime.scope,
      skewMs: name === 'recommendation' && i === 1 ? SKEW_MS : 0,
      namesFromDots: false,
    }));
  }
}
