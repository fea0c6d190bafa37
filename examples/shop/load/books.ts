/** The books of a shop: whether money and goods add up, per row and in total. */
import type { Fate, PlannedOrder } from "./mix.ts"

/** An order in the order list. */
export interface OrderRow {
  readonly id: string
  /** In cents, like all money here. */
  readonly total: number
  readonly state: string
}

/** A payment in the list of payments. */
export interface PaymentRow {
  readonly id: string
  readonly taken: number
  readonly refunded: number
}

/** An item in the stock levels. */
export interface LevelRow {
  readonly sku: string
  readonly received: number
  readonly onHand: number
  readonly reserved: number
  readonly shipped: number
}

/** What was ordered, and the rows that the shop shows for it. */
export interface Books {
  readonly planned: readonly PlannedOrder[]
  readonly orders: readonly OrderRow[]
  readonly payments: readonly PaymentRow[]
  readonly levels: readonly LevelRow[]
}

/** The sums of a whole shop. */
export interface Totals {
  readonly money: Omit<PaymentRow, "id">
  readonly stock: Omit<LevelRow, "sku">
  /** The worth of its completed orders, in cents. */
  readonly revenue: number
}

/** The states in which an order can end. A customer can be too late to cancel. */
const ENDS: Readonly<Record<Fate, readonly string[]>> = {
  bought: ["completed"],
  declined: ["cancelled"],
  short: ["cancelled"],
  undelivered: ["cancelled"],
  cancelled: ["cancelled", "completed"],
}

const valueOf = ({ lines }: PlannedOrder): number =>
  lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0)

const byId = <Row extends { readonly id: string }>(rows: readonly Row[]) =>
  new Map(rows.map((row) => [row.id, row]))

function* wrongOrders({ planned, orders, payments }: Books): Generator<string> {
  const [rows, paid] = [byId(orders), byId(payments)]
  for (const plan of planned) {
    const { id, fate } = plan
    const row = rows.get(id)
    if (!row) {
      yield `order ${id} was placed and is in no list`
      continue
    }
    if (!ENDS[fate].includes(row.state)) {
      yield `order ${id} (${fate}) is ${row.state}, not ${ENDS[fate].join(" or ")}`
    }
    if (row.total !== valueOf(plan)) {
      yield `order ${id} is listed with ${row.total}, and was ordered for ${valueOf(plan)}`
    }
    const { taken = 0, refunded = 0 } = paid.get(id) ?? {}
    const due = row.state === "completed" ? row.total : 0
    if (taken - refunded !== due) {
      yield `order ${id} is ${row.state}: ${taken} taken - ${refunded} refunded is not ${due}`
    }
  }
}

const shippedFor = ({ planned, orders }: Books): ReadonlyMap<string, number> => {
  const rows = byId(orders)
  const shipped = new Map<string, number>()
  for (const { id, lines } of planned) {
    if (rows.get(id)?.state !== "completed") continue
    for (const { sku, quantity } of lines) shipped.set(sku, (shipped.get(sku) ?? 0) + quantity)
  }
  return shipped
}

const wrongStock = (
  what: string,
  { received, onHand, reserved, shipped }: Totals["stock"],
): string[] =>
  received === onHand + reserved + shipped && Math.min(onHand, reserved, shipped) >= 0 ? [] : [
    `${what}: ${received} received is not ${onHand} on hand + ${reserved} reserved + ` +
    `${shipped} shipped`,
  ]

function* wrongLevels(books: Books): Generator<string> {
  const wanted = shippedFor(books)
  const known = new Set(books.levels.map(({ sku }) => sku))
  for (const sku of wanted.keys()) if (!known.has(sku)) yield `item ${sku} has no stock level`
  for (const level of books.levels) {
    const { sku, reserved, shipped } = level
    yield* wrongStock(`item ${sku}`, level)
    if (reserved !== 0) yield `item ${sku}: ${reserved} are still reserved`
    const due = wanted.get(sku) ?? 0
    if (shipped !== due) yield `item ${sku}: ${shipped} shipped, and ${due} bought`
  }
}

/** What is wrong with the books of a load, in sentences; empty if they balance. */
export const wrongBooks = (books: Books): readonly string[] => [
  ...wrongOrders(books),
  ...wrongLevels(books),
]

/** What is wrong with the totals of a shop that has no order in progress. */
export const wrongTotals = ({ money, stock, revenue }: Totals): readonly string[] => [
  ...money.taken - money.refunded === revenue ? [] : [
    `the shop: ${money.taken} taken - ${money.refunded} refunded is not the ${revenue} that its ` +
    "completed orders are worth",
  ],
  ...wrongStock("the shop", stock),
]
