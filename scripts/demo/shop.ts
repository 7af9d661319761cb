/**
 * Twenty minutes of a small shop. In minutes 6 to 9, the inventory's database is slow. From minute 13, payment's new version
 * refuses one card network. All the time, one host's clock is behind, and a few spans get lost.
 */
import type { Random } from './random';
import type { OpenSpan, Recorder } from './recorder';
import { CONNECTION_RESET, DATABASE_TIMEOUT, unsupportedCard } from './shop-failures';
import { Cluster, PAYMENT_DEPLOY_MS, type Outcome } from './shop-services';

const LENGTH_MS = 20 * 60_000;
const SLOW_FROM_MS = 6 * 60_000;
const SLOW_TO_MS = 9.5 * 60_000;

const PRODUCTS = [
  ['SKU-1042', 'Enamel kettle', 5400],
  ['SKU-1077', 'Walnut cutting board', 3950],
  ['SKU-2210', 'Linen apron', 2800],
  ['SKU-2318', 'Carbon steel pan', 6200],
  ['SKU-3001', 'Espresso grinder', 18900],
  ['SKU-3002', 'Gooseneck scale', 7900],
  ['SKU-4120', 'Ceramic dripper', 2450],
  ['SKU-4450', 'Tea sampler', 1900],
] as const;

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36',
  'ShopApp/7.3 (Android 16)',
];

/** A failed order that a customer will write about. */
export interface FailedOrder {
  atMs: number;
  correlationId: string;
  orderId: string;
  message: string;
}

/** Records the shop's traffic. Returns the orders that failed. */
export function recordShop(random: Random, recorder: Recorder): FailedOrder[] {
  const cluster = new Cluster(random, recorder);
  const failed: FailedOrder[] = [];
  /** Orders waiting on the topic until shipping polls them together. */
  let waiting: { producer: OpenSpan; orderId: string; atMs: number }[] = [];
  let offset = 48_210;

  for (let atMs = random.gapMs(20); atMs < LENGTH_MS; atMs += random.gapMs(rate(atMs))) {
    const kind = random.next();
    if (kind < 0.4) browse(atMs);
    else if (kind < 0.6) product(atMs);
    else if (kind < 0.79) addToCart(atMs);
    else if (kind < 0.975) order(atMs);
    else history(atMs);
    if (waiting.length >= 3 || (waiting[0] && atMs - waiting[0].atMs > 20_000)) ship(atMs + 400);
  }
  if (waiting.length) ship(LENGTH_MS);
  return failed;

  function browse(atMs: number): void {
    request('GET', '/', '/', atMs, (server, start) => {
      const cart = getCart(server, start);
      return recommend(server, cart.endMs);
    });
  }

  function product(atMs: number): void {
    const [sku] = random.pick(PRODUCTS);
    request('GET', '/product/:sku', `/product/${sku}`, atMs, (server, start) => {
      const stock = getStock(server, sku, start, true);
      if (stock.failure) return stock;
      return random.chance(0.5) ? recommend(server, stock.endMs) : stock;
    });
  }

  function addToCart(atMs: number): void {
    const [sku] = random.pick(PRODUCTS);
    request('POST', '/cart', '/cart', atMs, (server, start) => {
      const stock = getStock(server, sku, start, false);
      if (stock.failure) return stock;
      return cluster.grpc(server, 'cart', 'shop.Cart/AddItem', stock.endMs, (cart, at) => {
        cart.set({ 'app.product.sku': sku, 'app.quantity': random.int(1, 3) });
        const read = cluster.redis(cart, 'HGETALL', `cart:${random.hex(8)}`, at);
        return { endMs: cluster.redis(cart, 'HSET', `cart:${random.hex(8)}`, read + 0.1) };
      });
    });
  }

  /** A page that asks the database once per order: many small queries in a row. */
  function history(atMs: number): void {
    request('GET', '/orders', '/orders', atMs, (server, start) =>
      cluster.grpc(server, 'inventory', 'shop.Inventory/ListOrders', start, (inventory, at) => {
        const orders = random.int(24, 40);
        inventory.set({ 'app.orders.count': orders });
        let end = cluster.postgres(
          inventory,
          'SELECT',
          'orders',
          'SELECT id FROM orders WHERE customer_id = $1 ORDER BY created_at DESC',
          at,
          random.latency(3),
          { 'db.response.returned_rows': orders },
        );
        for (let i = 0; i < orders; i++) {
          end = cluster.postgres(
            inventory,
            'SELECT',
            'order_items',
            'SELECT sku, quantity, price FROM order_items WHERE order_id = $1',
            end + random.latency(0.08),
            random.latency(slow(end) ? 14 : 1.1),
            { 'db.response.returned_rows': random.int(1, 5) },
          );
        }
        return { endMs: end };
      }),
    );
  }

  function order(atMs: number): void {
    const orderId = `ORD-${random.int(700_000, 799_999)}`;
    const correlationId = random.uuid();
    const items = random.int(1, 3);
    request('POST', '/checkout', '/checkout', atMs, (server, start) => {
      server.set({ correlation_id: correlationId });
      return cluster.grpc(server, 'checkout', 'shop.Checkout/PlaceOrder', start, (checkout, at) => {
        checkout.set({ correlation_id: correlationId, 'app.order.id': orderId });
        const outcome = placeOrder(checkout, orderId, items, at);
        if (outcome.failure) {
          const { message } = outcome.failure;
          failed.push({ atMs: outcome.endMs, correlationId, orderId, message });
        }
        return outcome;
      });
    });
  }

  function placeOrder(checkout: OpenSpan, orderId: string, items: number, atMs: number): Outcome {
    let end = getCart(checkout, atMs).endMs;
    let total = 0;
    for (let i = 0; i < items; i++) {
      const [sku, , price] = random.pick(PRODUCTS);
      total += price;
      const stock = getStock(checkout, sku, end, false);
      if (stock.failure) return stock;
      end = stock.endMs;
    }
    checkout.set({ 'app.order.items': items, 'app.order.total': total / 100 });
    const charged = charge(checkout, orderId, total, end + random.latency(0.3));
    if (charged.failure) return charged;
    end = cluster.postgres(
      checkout,
      'INSERT',
      'orders',
      'INSERT INTO orders (id, customer_id, total) VALUES ($1, $2, $3)',
      charged.endMs,
      random.latency(4),
    );
    const partition = random.int(0, 2);
    const sentMs = end + 0.2;
    const producer = cluster.open(
      checkout,
      'send orders',
      sentMs,
      {
        'messaging.system': 'kafka',
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'orders',
        'messaging.destination.partition.id': partition,
        'messaging.kafka.offset': ++offset,
        'messaging.message.id': orderId,
        'server.address': 'kafka-0.bus.internal',
        'peer.service': 'kafka',
      },
      'PRODUCER',
    );
    end = producer.end(sentMs + random.latency(2.5));
    waiting.push({ producer, orderId, atMs: end });
    return { endMs: cluster.redis(checkout, 'DEL', `cart:${random.hex(8)}`, end) };
  }

  function charge(checkout: OpenSpan, orderId: string, total: number, atMs: number): Outcome {
    const network = random.pick(['Visa', 'Mastercard', 'Cartes Bancaires']);
    return cluster.grpc(checkout, 'payment', 'shop.Payment/Charge', atMs, (payment, at) => {
      payment.set({
        'app.payment.amount': total / 100,
        'app.payment.currency': 'EUR',
        'app.payment.card_network': network,
        'app.order.id': orderId,
        'thread.name': `grpc-default-executor-${random.int(0, 15)}`,
      });
      if (at >= PAYMENT_DEPLOY_MS && network === 'Cartes Bancaires') {
        return { endMs: at + random.latency(1.8), failure: unsupportedCard(network) };
      }
      // The gateway drops a connection now and then; the second try works.
      let start = at + random.latency(1.2);
      if (random.chance(0.08)) {
        const lostMs = start + random.latency(35);
        gateway(payment, start)
          .set({ 'error.type': CONNECTION_RESET.type })
          .fail(CONNECTION_RESET, lostMs)
          .end(lostMs);
        payment.event('retry', lostMs + 0.1, { 'retry.attempt': 1, 'retry.delay_ms': 50 });
        start = lostMs + 50;
      }
      const end = gateway(payment, start)
        .set({ 'http.response.status_code': 201 })
        .end(start + random.latency(85));
      payment.ok();
      return { endMs: end + random.latency(1) };
    });
  }

  function gateway(payment: OpenSpan, atMs: number): OpenSpan {
    return cluster.open(payment, 'POST', atMs, {
      'http.request.method': 'POST',
      'url.full': 'https://api.paygate.example/v1/charges',
      'server.address': 'api.paygate.example',
      'server.port': 443,
      'network.protocol.version': '2',
      'peer.service': 'paygate',
    });
  }

  function getCart(caller: OpenSpan, atMs: number): Outcome {
    return cluster.grpc(caller, 'cart', 'shop.Cart/GetCart', atMs, (cart, at) => {
      const end = cluster.redis(cart, 'HGETALL', `cart:${random.hex(8)}`, at);
      return { endMs: end + random.latency(0.2) };
    });
  }

  /** @param substitutes whether to ask recommendation for others if nothing is left, so that the two services call each other */
  function getStock(caller: OpenSpan, sku: string, atMs: number, substitutes: boolean): Outcome {
    return cluster.grpc(caller, 'inventory', 'shop.Inventory/GetStock', atMs, (inventory, at) => {
      const isSlow = slow(at);
      const wait = random.latency(isSlow ? 620 : 3.2, isSlow ? 0.6 : 0.4);
      const left = random.chance(0.12) ? 0 : random.int(1, 80);
      inventory.set({ 'app.product.sku': sku, 'app.stock.left': left });
      const timedOut = wait > 1_500;
      const query = 'SELECT quantity - reserved AS left FROM stock WHERE sku = $1';
      const end = cluster.postgres(inventory, 'SELECT', 'stock', query, at, Math.min(wait, 1_500), {
        'db.client.connection.pool.name': 'inventory-main',
        ...(timedOut ? { 'error.type': 'timeout' } : { 'db.response.returned_rows': 1 }),
      });
      if (isSlow) {
        inventory.event('pool.wait', at + wait * 0.02, { 'pool.waiting': random.int(8, 60) });
      }
      if (timedOut) return { endMs: end, failure: DATABASE_TIMEOUT };
      if (left > 0 || !substitutes) return { endMs: end + 0.1 };
      return cluster.grpc(
        inventory,
        'recommendation',
        'shop.Recommendation/Similar',
        end,
        (service, start) => ({ endMs: rank(service, start) }),
      );
    });
  }

  function recommend(caller: OpenSpan, atMs: number): Outcome {
    return cluster.grpc(
      caller,
      'recommendation',
      'shop.Recommendation/ForCustomer',
      atMs,
      (service, at) => {
        const cached = random.chance(0.4);
        service.set({ 'app.cache.hit': cached });
        let end = cluster.redis(service, 'GET', `reco:${random.hex(6)}`, at);
        if (cached) return { endMs: end + 0.2 };
        end = rank(service, end);
        // Nothing unavailable must be recommended. If availability is unknown, the page still works.
        const stock = getStock(service, random.pick(PRODUCTS)[0], end, false);
        if (stock.failure) service.event('stock unknown', stock.endMs, { 'app.fallback': true });
        return { endMs: cluster.redis(service, 'SETEX', `reco:${random.hex(6)}`, stock.endMs) };
      },
    );
  }

  function rank(service: OpenSpan, atMs: number): number {
    const attributes = {
      'app.model.name': 'two-tower-2026-09',
      'app.candidates': random.int(80, 400),
      'code.function.name': 'rank_candidates',
    };
    const ranking = cluster.open(service, 'rank_candidates', atMs, attributes, 'INTERNAL');
    return ranking.end(atMs + random.latency(18, 0.5)) + 0.3;
  }

  /** Shipping takes several orders in one poll: its trace links to each of theirs. */
  function ship(atMs: number): void {
    const batch = waiting;
    waiting = [];
    const start = Math.max(atMs, ...batch.map((order) => order.atMs + 5));
    const producer = cluster.pick('shipping', start);
    const consumer = recorder.start(null, producer, 'process orders', 'CONSUMER', start);
    let end = start + 0.4;
    for (const { producer: sent, orderId } of batch) {
      consumer.link(sent, { 'messaging.message.id': orderId });
      end = cluster.postgres(
        consumer,
        'INSERT',
        'shipments',
        'INSERT INTO shipments (order_id, carrier) VALUES ($1, $2)',
        end,
        random.latency(slow(end) ? 45 : 5),
      );
      const label = cluster.open(consumer, 'POST /labels', end + 0.2, {
        'http.request.method': 'POST',
        'url.full': 'https://labels.parcel.example/labels',
        'server.address': 'labels.parcel.example',
        'server.port': 443,
        'http.response.status_code': 200,
        'peer.service': 'parcel',
        'app.order.id': orderId,
      });
      end = label.end(end + 0.2 + random.latency(140));
    }
    consumer.set({
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'orders',
      'messaging.consumer.group.name': 'shipping',
      'messaging.batch.message_count': batch.length,
    });
    consumer.end(end + 0.3);
  }

  /** A visitor's request at the frontend, the root of a trace. */
  function request(
    method: string,
    route: string,
    path: string,
    atMs: number,
    serve: (server: OpenSpan, atMs: number) => Outcome,
  ): void {
    const producer = cluster.pick('frontend', atMs);
    const server = recorder.start(null, producer, `${method} ${route}`, 'SERVER', atMs);
    const { endMs, failure } = serve(server, atMs + random.latency(0.6));
    const status = failure?.httpStatus ?? 200;
    server.set({
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'url.scheme': 'https',
      'url.path': path,
      'server.address': 'shop.example',
      'network.protocol.version': '1.1',
      'user_agent.original': random.pick(AGENTS),
      'client.address': `203.0.113.${random.int(1, 254)}`,
      'session.id': random.hex(16),
    });
    if (failure) {
      server.set({ 'error.type': String(status) });
      server.span.status = 'ERROR';
      server.span.statusDescription = failure.message;
    }
    const rendered = cluster
      .open(server, 'render page', endMs, { 'app.template': route }, 'INTERNAL')
      .end(endMs + random.latency(4));
    if (random.chance(0.02)) server.lose();
    else server.end(rendered + 0.1);
  }
}

/** Requests per minute: a lunchtime peak in the middle. */
function rate(atMs: number): number {
  return 12 + 9 * Math.sin((Math.PI * atMs) / LENGTH_MS);
}

function slow(atMs: number): boolean {
  return atMs >= SLOW_FROM_MS && atMs < SLOW_TO_MS;
}
