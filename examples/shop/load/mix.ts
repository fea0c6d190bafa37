/** The orders of a load: what each one orders, and how it must end. */
import { LARGEST_PAYMENT } from "../payments/provider-fake.ts"

/** How an order must end. */
export type Fate = "bought" | "declined" | "short" | "cancelled" | "undelivered"

/** How many of a hundred orders end badly, by fate. */
export type Shares = Readonly<Record<Exclude<Fate, "bought">, number>>

/** One order that is going to be placed. */
export interface PlannedOrder {
  readonly id: string
  readonly customer: string
  readonly address: string
  readonly lines: readonly {
    readonly sku: string
    readonly quantity: number
    /** In cents. */
    readonly price: number
  }[]
  readonly fate: Fate
  /** How long after placing it the customer cancels, if the order is to be cancelled. */
  readonly cancelAfterMs: number
}

/** How many orders each customer places: no more than a query shows. */
const ORDERS_OF_CUSTOMER = 100

/** How many items there are. */
const ITEMS = 20

/** The longest time after which a customer cancels. */
const CANCEL_MS = 200

const FATES = ["declined", "short", "cancelled", "undelivered"] as const

/** In any hundred consecutive orders each fate has its share, evenly mixed. */
const fateOf = (number: number, shares: Shares): Fate => {
  let place = (number * 37) % 100
  for (const fate of FATES) {
    if (place < shares[fate]) return fate
    place -= shares[fate]
  }
  return "bought"
}

const linesOf = (run: string, number: number, fate: Fate): PlannedOrder["lines"] => {
  const sku = `load-${run}-${number % ITEMS}`
  const price = 100 + (number % 50) * 10
  if (fate === "declined") return [{ sku, quantity: 1, price: LARGEST_PAYMENT + price }]
  const line = { sku, quantity: 1 + number % 3, price }
  if (fate === "short") return [line, { sku: `load-${run}-none`, quantity: 1, price }]
  if (number % 2 === 0) return [line]
  return [line, { sku: `load-${run}-${(number + 1) % ITEMS}`, quantity: 1, price: 250 }]
}

/** The orders of a run. The run's name is part of every id, so that runs do not collide. */
export const mixOf = (run: string, orders: number, shares: Shares): readonly PlannedOrder[] =>
  Array.from({ length: orders }, (_, number) => {
    const fate = fateOf(number, shares)
    return {
      id: `load-${run}-${number}`,
      customer: `load-${run}-${Math.floor(number / ORDERS_OF_CUSTOMER)}`,
      address: fate === "undelivered" ? "nowhere" : `${number} Main St`,
      lines: linesOf(run, number, fate),
      fate,
      cancelAfterMs: (number * 71) % CANCEL_MS,
    }
  })

/** How many of each item to receive, so that only the intended orders are short. */
export const stockFor = (orders: readonly PlannedOrder[]): ReadonlyMap<string, number> => {
  const wanted = new Map<string, number>()
  for (const { lines, fate } of orders) {
    // The last line of such an order is the one that is short.
    for (const { sku, quantity } of fate === "short" ? lines.slice(0, -1) : lines) {
      wanted.set(sku, (wanted.get(sku) ?? 0) + quantity)
    }
  }
  return wanted
}
