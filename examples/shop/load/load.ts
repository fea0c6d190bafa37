/** A load: places orders at a rate, waits until each is final, and reads the shop's books. */
import { setTimeout } from "node:timers/promises"
import type { StepOutput } from "../../../app/development/steps.ts"
import { readBooks, readTotals } from "./audit.ts"
import { type OrderRow, type Totals, wrongBooks, wrongTotals } from "./books.ts"
import type { Killer } from "./killer.ts"
import { mixOf, type PlannedOrder, stockFor } from "./mix.ts"
import type { LoadOptions } from "./options.ts"
import { paced } from "./paced.ts"
import { showProgress } from "./progress.ts"
import { type Life, livesOf } from "./lives.ts"
import { refused, Visits } from "./visits.ts"

/** The result of a load. */
export interface LoadResult {
  readonly options: LoadOptions
  readonly planned: readonly PlannedOrder[]
  readonly orders: readonly OrderRow[]
  /**
   * For each order, the time from when it was due until it was known to be placed, in milliseconds.
   */
  readonly answersMs: readonly number[]
  /** From when the first order was due to when the last one was placed, in milliseconds. */
  readonly placingMs: number
  readonly lives: readonly Life[]
  /** How many processes were killed during the load. */
  readonly kills: number
  readonly totals: Totals
  /** What is wrong with the books, in sentences. */
  readonly wrong: readonly string[]
}

/** The most orders that are being placed at the same time. */
const AT_ONCE = 500
/** How long no open order may change before the load gives up, in milliseconds. */
const STILL_MS = 60_000
const PAUSE_MS = 500

/** The most orders that a query shows. */
const SHOWN_AT_MOST = 1_000

/** What is known while the load runs. */
interface Course {
  placed: number
  /** Whether all orders are placed. */
  over: boolean
  final: number
  /** The position of the last order that was placed. */
  last: string
  readonly answersMs: number[]
  placingMs: number
}

const laterOf = (one: string, other: string): string =>
  Number(one.split(":")[1] ?? 0) > Number(other.split(":")[1] ?? 0) ? one : other

const cancel = async (shop: Visits, { id, cancelAfterMs }: PlannedOrder): Promise<void> => {
  await setTimeout(cancelAfterMs)
  const path = `/orders/order/${id}/CancelOrder`
  const { status, body } = await shop.say(path, { reason: "changed my mind" }, `cancel-${id}`)
  // The order may already be completed.
  if (status !== 200 && status !== 409) throw refused(path, status, body)
}

const place = async (shop: Visits, order: PlannedOrder, dueMs: number, course: Course) => {
  const { id, customer, address, lines, fate } = order
  const path = `/orders/order/${id}/PlaceOrder`
  const { status, body } = await shop.say(path, { customer, address, lines }, `place-${id}`)
  if (status !== 200) throw refused(path, status, body)
  course.answersMs.push(performance.now() - dueMs)
  course.placed++
  course.last = laterOf(body.position, course.last)
  if (fate === "cancelled") await cancel(shop, order)
}

const receive = (shop: Visits, planned: readonly PlannedOrder[]): Promise<void> =>
  paced([...stockFor(planned)], { atOnce: 10 }, async ([sku, quantity]) => {
    const path = `/stock/item/${sku}/ReceiveStock`
    const { status, body } = await shop.say(path, { quantity }, `receive-${sku}`)
    if (status !== 200) throw refused(path, status, body)
  })

/** Counts the orders that are final, while others are still being placed. */
const follow = async (shop: Visits, planned: readonly PlannedOrder[], course: Course) => {
  const ours = new Set(planned.map(({ id }) => id))
  while (!course.over) {
    const { placed } = course
    const open = await shop.read<readonly OrderRow[]>("/orders/orders-in-state?state=placed")
    const waiting = open.filter(({ id }) => ours.has(id)).length
    if (open.length < SHOWN_AT_MOST) course.final = Math.max(course.final, placed - waiting)
    await setTimeout(PAUSE_MS)
  }
}

const placeAll = async (
  shop: Visits,
  planned: readonly PlannedOrder[],
  rate: number,
  course: Course,
): Promise<void> => {
  const began = performance.now()
  const pace = { atOnce: AT_ONCE, rate }
  await paced(planned, pace, (order, dueMs) => place(shop, order, dueMs, course))
  course.placingMs = performance.now() - began
}

/** The orders of this run as the list shows them, once all are final or nothing changes. */
const untilFinal = async (
  shop: Visits,
  planned: readonly PlannedOrder[],
  course: Course,
): Promise<readonly OrderRow[]> => {
  const open = new Map<string, readonly OrderRow[]>(planned.map(({ customer }) => [customer, []]))
  const done: OrderRow[] = []
  let [movedMs, final] = [performance.now(), 0]
  while (open.size > 0 && performance.now() - movedMs < STILL_MS) {
    await paced([...open.keys()], { atOnce: 4 }, async (customer) => {
      const path = `/orders/orders-of-customer?customer=${customer}`
      const rows = await shop.read<readonly OrderRow[]>(path, course.last)
      open.set(customer, rows)
      if (rows.some(({ state }) => state === "placed")) return
      open.delete(customer)
      done.push(...rows)
    })
    const among = [...open.values()].flat().filter(({ state }) => state !== "placed")
    course.final = done.length + among.length
    if (course.final > final) [movedMs, final] = [performance.now(), course.final]
    if (open.size > 0) await setTimeout(PAUSE_MS)
  }
  return [...done, ...[...open.values()].flat()]
}

/** Reads the books until they balance or the time is over: views can be behind the orders. */
const settle = async (
  shop: Visits,
  planned: readonly PlannedOrder[],
  orders: readonly OrderRow[],
  patienceMs: number,
) => {
  const until = performance.now() + patienceMs
  for (;;) {
    const totals = await readTotals(shop)
    const wrong = [
      ...wrongTotals(totals),
      ...wrongBooks(await readBooks(shop, planned, orders)),
    ]
    if (wrong.length === 0 || performance.now() > until) return { totals, wrong }
    await setTimeout(PAUSE_MS)
  }
}

/**
 * Runs a load to its end; the killer stops once all orders are final. Rejects if the shop does not
 * answer, or answers something unexpected.
 */
export const runLoad = async (
  options: LoadOptions,
  output: StepOutput,
  killer?: Killer,
): Promise<LoadResult> => {
  const shop = new Visits(options.url, options.token)
  const planned = mixOf(Date.now().toString(36), options.orders, options.shares)
  const course: Course = {
    ...{ placed: 0, final: 0, last: "" },
    ...{ over: false, placingMs: 0, answersMs: [] },
  }
  const began = performance.now()
  let doing = "receiving stock"
  const progress = showProgress(output, () => {
    const seconds = Math.round((performance.now() - began) / 1_000)
    const killed = killer ? ` · ${killer.kills()} killed` : ""
    return `${seconds} s: ${doing} · ${course.placed} of ${options.orders} placed · ` +
      `${course.final} final${killed}`
  })
  try {
    await receive(shop, planned)
    doing = "placing orders"
    const placing = placeAll(shop, planned, options.rate, course).finally(() => course.over = true)
    await Promise.all([placing, follow(shop, planned, course)])
    doing = "waiting for the last orders"
    const orders = await untilFinal(shop, planned, course)
    await killer?.stop()
    doing = "reading the books"
    const { totals, wrong } = await settle(shop, planned, orders, options.patienceMs)
    const lives = await livesOf(shop, orders)
    const { answersMs, placingMs } = course
    const kills = killer?.kills() ?? 0
    return { options, planned, orders, answersMs, placingMs, lives, kills, totals, wrong }
  } finally {
    progress.stop()
  }
}
