/** Reads the books of a shop from its views. */
import type { Books, LevelRow, OrderRow, PaymentRow, Totals } from "./books.ts"
import { type PlannedOrder, stockFor } from "./mix.ts"
import { paced } from "./paced.ts"
import type { Visits } from "./visits.ts"

/** Rows that are read at the same time. */
const AT_ONCE = 16

/** The rows at these addresses, as far as they exist. */
const rowsAt = async <Row>(shop: Visits, paths: readonly string[]): Promise<Row[]> => {
  const rows: Row[] = []
  await paced(paths, { atOnce: AT_ONCE }, async (path) => {
    const row = await shop.find<Row>(path)
    if (row !== undefined) rows.push(row)
  })
  return rows
}

/** The rows of these orders, their payments and their goods, as the shop shows them. */
export const readBooks = async (
  shop: Visits,
  planned: readonly PlannedOrder[],
  orders: readonly OrderRow[],
): Promise<Books> => {
  const payments = planned.map(({ id }) => `/payments/payment-list/${id}`)
  const levels = [...stockFor(planned).keys()].map((sku) => `/stock/level/${sku}`)
  return {
    planned,
    orders,
    payments: await rowsAt<PaymentRow>(shop, payments),
    levels: await rowsAt<LevelRow>(shop, levels),
  }
}

const EVER = "from=0000-01-01&to=9999-12-31"

/** The sums of the whole shop. */
export const readTotals = async (shop: Visits): Promise<Totals> => {
  const days = await shop.read<readonly { revenue: number }[]>(`/orders/sales?${EVER}`)
  return {
    money: await shop.read<Totals["money"]>("/payments/totals"),
    stock: await shop.read<Totals["stock"]>("/stock/totals"),
    revenue: days.reduce((sum, { revenue }) => sum + revenue, 0),
  }
}
