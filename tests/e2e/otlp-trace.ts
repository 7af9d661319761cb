/** One small trace as a collector writes it, for tests that need any file. */

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/** OTLP JSON of three spans in two services, one of them failed. @param traceId 32 hex digits. */
export function otlpTrace(traceId = '5b8aa5a2d2c872e8321cf37308d69df2'): string {
  const span = (
    spanId: string,
    parentSpanId: string,
    name: string,
    startNs: string,
    endNs: string,
    more: object = {},
  ) => ({
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: 1,
    startTimeUnixNano: startNs,
    endTimeUnixNano: endNs,
    ...more,
  });
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [attribute('service.name', 'storefront')] },
        scopeSpans: [
          {
            scope: { name: 'http' },
            spans: [
              span(
                '051581bf3cb55c13',
                '',
                'GET /checkout',
                '1794477600123456789',
                '1794477600323456789',
              ),
              span(
                '5fb397be34d26b51',
                '051581bf3cb55c13',
                'SELECT carts',
                '1794477600124000001',
                '1794477600154000001',
                { attributes: [attribute('db.system', 'postgresql')] },
              ),
            ],
          },
        ],
      },
      {
        resource: { attributes: [attribute('service.name', 'payments')] },
        scopeSpans: [
          {
            scope: { name: 'grpc' },
            spans: [
              span(
                '93564f51e1abe1c2',
                '051581bf3cb55c13',
                'charge card',
                '1794477600160000000',
                '1794477600310000000',
                { status: { code: 2, message: 'card declined' } },
              ),
            ],
          },
        ],
      },
    ],
  });
}
