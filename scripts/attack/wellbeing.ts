/** Checks whether a shop that was attacked still works for honest customers. */
import { spawn } from "node:child_process"
import process from "node:process"
import { scriptCommand } from "../../app/development/script-command.ts"
import { readBooks, readTotals } from "../../examples/shop/load/audit.ts"
import { type OrderRow, wrongBooks, wrongTotals } from "../../examples/shop/load/books.ts"
import type { PlannedOrder } from "../../examples/shop/load/mix.ts"
import { Visits } from "../../examples/shop/load/visits.ts"
import { ask } from "./http/raw-http.ts"
import { startWait } from "./run-queue.ts"
import type { Victim } from "./victim.ts"
import { messageOf } from "../../contracts/internal.ts"

/** The longest time for an answer of `/healthz`, in milliseconds. */
export const HEALTHZ_MS = 300
const ORDER_MS = 15_000
const BOOKS_MS = 10_000
const HEALTH_MS = 60_000
const PAUSE_MS = 100
const cli = new URL("../../cli/main.ts", import.meta.url)

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))

/** Resolves to the complaints of the work, or to one sentence when it fails or takes too long. */
const within = async (
  what: string,
  ms: number,
  work: Promise<readonly string[]>,
): Promise<readonly string[]> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<readonly string[]>((resolve) =>
    timer = setTimeout(() => resolve([`${what}: not done within ${ms} ms`]), ms)
  )
  const failed = (error: unknown) => [
    `${what}: ${messageOf(error).slice(0, 300)}`,
  ]
  const result = await Promise.race([work.catch(failed), late])
  clearTimeout(timer)
  return result
}

/** Checks the delay of `/healthz`. The best of three tries counts: the machine may be busy. */
const healthz = async ({ ports, pid }: Victim): Promise<readonly string[]> => {
  let best = Infinity
  for (let tries = 0; tries < 3 && best > HEALTHZ_MS; tries++) {
    const waited = startWait(pid)
    const { status } = await ask(ports.http, { path: "/healthz" })
    if (status === 200) best = Math.min(best, waited())
  }
  if (best <= HEALTHZ_MS) return []
  return [`/healthz took ${best} ms, and may take ${HEALTHZ_MS}`]
}

const cliHealth = ({ environment }: Victim): Promise<readonly string[]> =>
  new Promise((resolve) => {
    const [program, ...args] = scriptCommand(cli)
    const child = spawn(program, [...args, "health"], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    })
    let output = ""
    child.stdout.on("data", (chunk) => output += String(chunk))
    child.stderr.on("data", (chunk) => output += String(chunk))
    const timer = setTimeout(() => child.kill("SIGKILL"), HEALTH_MS)
    child.once("close", (code) => {
      clearTimeout(timer)
      resolve(code === 0 ? [] : [`leftfold health ended with ${code}: ${output.slice(0, 600)}`])
    })
  })

/** An honest customer of one shop, with the books of all orders. */
export class HonestCustomer {
  readonly #victim: Victim
  readonly #shop: Visits
  readonly #orders: PlannedOrder[] = []
  readonly #run = Date.now().toString(36)

  constructor(victim: Victim) {
    this.#victim = victim
    this.#shop = new Visits(victim.url)
  }

  /** Places an order; resolves, once it is completed, to the time it took in milliseconds. */
  async order(): Promise<number> {
    const began = performance.now()
    const sku = `honest-${this.#run}`
    const id = `${sku}-${this.#orders.length}`
    const lines = [{ sku, quantity: 1, price: 450 }]
    const order = { id, customer: `${id}-c`, address: "1 Main St", lines }
    this.#orders.push({ ...order, fate: "bought", cancelAfterMs: 0 })
    await this.#shop.say(`/stock/item/${sku}/ReceiveStock`, { quantity: 1 }, `r-${id}`)
    const { customer, address } = order
    await this.#shop.say(`/orders/order/${id}/PlaceOrder`, { customer, address, lines }, `p-${id}`)
    for (;;) {
      const row = await this.#shop.find<OrderRow>(`/orders/order-list/${id}`)
      if (row?.state === "completed") return performance.now() - began
      if (performance.now() - began > ORDER_MS) throw new Error(`it is ${row?.state ?? "nowhere"}`)
      await pause()
    }
  }

  async #books(): Promise<readonly string[]> {
    const end = performance.now() + BOOKS_MS
    for (;;) {
      const orders: OrderRow[] = []
      for (const { id } of this.#orders) {
        const row = await this.#shop.find<OrderRow>(`/orders/order-list/${id}`)
        if (row) orders.push(row)
      }
      const wrong = [
        ...wrongTotals(await readTotals(this.#shop)),
        ...wrongBooks(await readBooks(this.#shop, this.#orders, orders)),
      ]
      if (wrong.length === 0 || performance.now() > end) return wrong
      await pause()
    }
  }

  /** Sentences about what is wrong; empty when all is well. A quick look skips the books. */
  async complaints(isQuick = false): Promise<readonly string[]> {
    const ordered = this.order().then(() => [])
    const found = [
      ...await within("/healthz", HEALTH_MS, healthz(this.#victim)),
      ...await within("an honest order", ORDER_MS + 1_000, ordered),
    ]
    if (isQuick) return found
    return [
      ...found,
      ...await within("the books", BOOKS_MS + 2_000, this.#books()),
      ...await within("leftfold health", HEALTH_MS + 1_000, cliHealth(this.#victim)),
    ]
  }
}
