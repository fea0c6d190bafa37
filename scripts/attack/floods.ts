/** Attacks by floods: many requests that are refused, and how the rest of the shop does. */
import { randomBytes } from "node:crypto"
import type { Attack, AttackClass } from "./attack-case.ts"
import { many, tallyOf } from "./many.ts"
import { startWait } from "./run-queue.ts"
import { openPlace, storedIn, withNats } from "./nats/nats-scene.ts"
import { command } from "./http/raw-http.ts"
import { ask } from "./http/raw-http.ts"

const ROW_MS = 3_000

const messagesIn = async (place: ReturnType<typeof openPlace>, stream: string): Promise<number> => {
  const line = (await storedIn(place)).find((each) => each.startsWith(`${stream}:`)) ?? ""
  return Number(/: (\d+) of/.exec(line)?.[1])
}

const refusedRows: Attack = {
  name: "300 orders of customers with names of 6 KB",
  isLong: true,
  expected: `the row of the next order is there within ${ROW_MS} ms`,
  limitMs: 40_000,
  run: async ({ victim, fresh }) => {
    const { http } = victim.ports
    const lines = [{ sku: "flood", quantity: 1, price: 1 }]
    const answers = await many(
      300,
      20,
      () =>
        command(http, `/orders/order/${fresh("fl")}/PlaceOrder`, {
          customer: randomBytes(4_500).toString("base64"),
          lines,
        }),
    )
    const waited = startWait(victim.pid)
    const began = performance.now()
    const id = fresh("fl")
    await command(http, `/orders/order/${id}/PlaceOrder`, { customer: "honest", lines })
    for (;;) {
      const row = await ask(http, { path: `/orders/order-list/${id}` })
      if (row.status === 200) {
        const ms = waited()
        return ms < ROW_MS
          ? undefined
          : `${ms.toFixed(0)} ms (${tallyOf(answers.map(({ status }) => status))})`
      }
      if (performance.now() - began > 20_000) return "not within 20 s"
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  },
}

const ghosts = (retry: string, most: number): Attack => ({
  name: `300 orders that never were are cancelled, with Leftfold-Retry: ${retry}`,
  expected: `the log grows by at most ${most} messages`,
  limitMs: 40_000,
  run: async (scene) => {
    const { http } = scene.victim.ports
    const place = openPlace(scene)
    const before = await messagesIn(place, "orders")
    const answers = await many(
      300,
      20,
      () =>
        command(http, `/orders/order/${scene.fresh("gh")}/CancelOrder`, { reason: "x" }, [
          `Leftfold-Retry: ${retry}`,
        ]),
    )
    const grown = await messagesIn(place, "orders") - before
    return grown <= most ? undefined : `${grown} (${tallyOf(answers.map(({ status }) => status))})`
  },
})

const oneGhost: Attack = {
  name: "one order that never was is cancelled 300 times, with Leftfold-Retry: true",
  expected: "the log grows by at most 30 messages",
  limitMs: 40_000,
  run: async (scene) => {
    const { http } = scene.victim.ports
    const place = openPlace(scene)
    const before = await messagesIn(place, "orders")
    const id = scene.fresh("gh")
    await many(
      300,
      20,
      () =>
        command(http, `/orders/order/${id}/CancelOrder`, { reason: "x" }, ["Leftfold-Retry: true"]),
    )
    const grown = await messagesIn(place, "orders") - before
    return grown <= 30 ? undefined : `${grown}`
  },
}

const invalid: Attack = {
  name: "2,000 invalid commands",
  expected: "all are refused, the log of the process grows by less than 10 KB",
  limitMs: 40_000,
  run: async ({ victim, fresh }) => {
    const before = victim.written()
    const answers = await many(
      2_000,
      50,
      () => command(victim.ports.http, `/stock/item/${fresh("iv")}/ReceiveStock`, { quantity: 0 }),
    )
    const written = victim.written() - before
    if (answers.some(({ status }) => status !== 422)) {
      return tallyOf(answers.map(({ status }) => status))
    }
    return written < 10_000 ? undefined : `${written} bytes were logged`
  },
}

const notThere: Attack = {
  name: "2,000 paths that lead nowhere",
  expected: "all are 404, the log of the process grows by less than 10 KB",
  limitMs: 40_000,
  run: async ({ victim, fresh }) => {
    const before = victim.written()
    const answers = await many(2_000, 50, () => ask(victim.ports.http, { path: `/${fresh("no")}` }))
    const written = victim.written() - before
    if (answers.some(({ status }) => status !== 404)) {
      return tallyOf(answers.map(({ status }) => status))
    }
    return written < 10_000 ? undefined : `${written} bytes were logged`
  },
}

/** Questions without a usable answer: with no reply subject, or with one that is refused. */
const rubbish = (name: string, reply: string): Attack => ({
  name: `20,000 messages to all that listens, ${name}`,
  expected: "a query takes less than 1,500 ms meanwhile",
  limitMs: 40_000,
  run: (scene) =>
    withNats(openPlace(scene), undefined, async (nats) => {
      for (let n = 0; n < 20_000; n++) {
        const subject = n % 2 === 0 ? `cmd.stock.item.x${n % 50}.ReceiveStock` : "qry.stock.totals"
        nats.publish({ subject, reply, payload: n % 3 === 0 ? "]" : "{}" })
      }
      const waited = startWait(scene.victim.pid)
      const { status } = await ask(scene.victim.ports.http, { path: "/stock/totals" })
      const ms = waited()
      await nats.flush(20_000)
      return status === 200 && ms < 1_500 ? undefined : `${status} after ${ms.toFixed(0)} ms`
    }),
})

/** The class. */
export const floods: AttackClass = {
  name: "floods",
  attacks: () => [
    invalid,
    notThere,
    refusedRows,
    ghosts("false", 0),
    ghosts("true", 0),
    oneGhost,
    rubbish("without a reply subject", ""),
    { ...rubbish("with an inbox that nobody reads", "_INBOX.nobody.x"), isLong: true },
    { ...rubbish("with one that is no inbox", "view.stock.level"), isLong: true },
  ],
}
