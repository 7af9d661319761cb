/** The shop's failures, worded as in each service's language. */
import type { Failure } from './recorder';
import type { CallFailure } from './shop-services';

export const DATABASE_TIMEOUT: CallFailure = {
  type: 'context.DeadlineExceededError',
  message: 'context deadline exceeded: SELECT stock waited 1.5s for a connection',
  grpcStatus: 4,
  httpStatus: 504,
  stack: [
    'context.DeadlineExceededError: context deadline exceeded',
    'shop/inventory/store.(*Postgres).Stock',
    '\t/src/inventory/store/postgres.go:118 +0x2a4',
    'shop/inventory/api.(*Server).GetStock',
    '\t/src/inventory/api/server.go:64 +0x1b8',
    'google.golang.org/grpc.(*Server).processUnaryRPC',
    '\t/go/pkg/mod/google.golang.org/grpc@v1.76.0/server.go:1405 +0x1036',
  ].join('\n'),
};

export const CONNECTION_RESET: Failure = {
  type: 'java.net.SocketException',
  message: 'Connection reset',
  stack: [
    'java.net.SocketException: Connection reset',
    '\tat java.base/sun.nio.ch.SocketChannelImpl.throwConnectionReset(SocketChannelImpl.java:401)',
    '\tat com.shop.payment.GatewayClient.post(GatewayClient.java:73)',
    '\tat com.shop.payment.PaymentService.charge(PaymentService.java:139)',
  ].join('\n'),
};

export function unsupportedCard(network: string): CallFailure {
  const message = `INVALID_ARGUMENT: no acquirer route for card network ${network}`;
  return {
    type: 'com.shop.payment.RoutingException',
    message,
    grpcStatus: 3,
    httpStatus: 422,
    stack: [
      `com.shop.payment.RoutingException: ${message}`,
      '\tat com.shop.payment.AcquirerRouter.route(AcquirerRouter.java:87)',
      '\tat com.shop.payment.PaymentService.charge(PaymentService.java:142)',
      '\tat com.shop.payment.grpc.PaymentGrpc.charge(PaymentGrpc.java:51)',
      '\tat io.grpc.stub.ServerCalls$UnaryServerCallHandler.invoke(ServerCalls.java:182)',
      'Caused by: java.util.NoSuchElementException: acquirers.' + network.toLowerCase(),
      '\tat com.shop.payment.RouteTable.get(RouteTable.java:33)',
      '\t... 3 more',
    ].join('\n'),
  };
}
