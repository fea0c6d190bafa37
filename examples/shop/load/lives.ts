/** The lives of orders by the log: when each was placed, and when it became final. */
import type { OrderRow } from "./books.ts"
import { paced } from "./paced.ts"
import type { Visits } from "./visits.ts"

/** When an order was placed and became final, in milliseconds since 1970. */
export interface Life {
  readonly placedMs: number
  readonly finalMs: number
}

interface History {
  readonly events: readonly { readonly type: string; readonly time: string }[]
}

const AT_ONCE = 16

/** The lives of those orders that are final. */
export const livesOf = async (shop: Visits, orders: readonly OrderRow[]): Promise<Life[]> => {
  const lives: Life[] = []
  const final = orders.filter(({ state }) => state !== "placed")
  await paced(final, { atOnce: AT_ONCE }, async ({ id }) => {
    const { events } = await shop.read<History>(`/orders/order/${id}/history`)
    const at = (pattern: RegExp) =>
      Date.parse(events.find(({ type }) => pattern.test(type))?.time ?? "")
    const [placedMs, finalMs] = [at(/^OrderPlaced$/), at(/^Order(Completed|Cancelled)$/)]
    if (Number.isNaN(finalMs - placedMs)) throw new Error(`the history of ${id} has no such event`)
    lives.push({ placedMs, finalMs })
  })
  return lives
}
