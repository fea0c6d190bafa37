/** The screen that a person sees once the system is up: its addresses, and what to try. */

/** The addresses of the running system. */
export interface Addresses {
  /** The address of the gateway. */
  readonly url: string
  readonly natsUrl: string
  readonly databaseUrl: string
}

/** One screen of text; its last line is `ready <the gateway's address>`. */
export function welcome({ url, natsUrl, databaseUrl }: Addresses): string {
  const order = '{"customer":"ada","lines":[{"sku":"tea","quantity":2,"price":450}]}'
  return `
  gateway   ${url}
  nats      ${withoutPassword(natsUrl)}
  postgres  ${withoutPassword(databaseUrl)}

Receive some tea, order it, and see what became of the order:

  curl ${url}/stock/item/tea/ReceiveStock \\
    -H 'content-type: application/json' -d '{"quantity":10}'
  curl ${url}/orders/order/o-1/PlaceOrder \\
    -H 'content-type: application/json' -d '${order}'
  curl ${url}/orders/order-detail/o-1

Press Ctrl-C to stop; the data is kept for the next start.

ready ${url}
`
}

/** Hides passwords in addresses, because addresses end up on screens and in logs. */
export const withoutPassword = (addresses: string): string =>
  addresses.replace(/(\/\/[^:@/,]*):[^@/,]*@/g, "$1:***@")
