/** Attacks by cost: small requests that cause much work. */
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import { HARMLESS, httpAttack, REFUSED } from "./http-attack.ts"
import { many, othersDuring, tallyOf, wrongFor } from "../many.ts"
import { startWait } from "../run-queue.ts"
import { ask, command, type HttpAnswer, JSON_BODY } from "./raw-http.ts"

const OTHERS_MS = 1_500
const MEBIBYTE = 1_048_576
/** The longest wait for each answer of a burst, in milliseconds; the machine may be busy. */
const BURST_MS = 40_000
const GROWTH_BYTES = 400 * MEBIBYTE

/** During the burst, the commands of others must stay fast and memory must stay bounded. */
const othersGoOn = (
  name: string,
  prepare: (scene: Scene) => Promise<void>,
  burst: (scene: Scene) => Promise<readonly HttpAnswer[]>,
  more: Partial<Attack> = {},
): Attack => ({
  name,
  expected: `no 500; others' commands take less than ${OTHERS_MS} ms, memory grows by < 400 MiB`,
  limitMs: 60_000,
  run: async (scene) => {
    const { ports, pid, loop } = scene.victim
    await prepare(scene)
    const before = (await loop()).residentBytes
    const work = burst(scene)
    const path = `/stock/item/${scene.fresh("other")}/ReceiveStock`
    const others = await othersDuring(work, pid, () => command(ports.http, path, { quantity: 1 }))
    const answers = await work
    const after = (await loop(20_000)).residentBytes
    const wrong = answers.filter(({ status }) => status === 500 || status === 0)
    if (wrong.length > 0) return `answers: ${tallyOf(answers.map(({ status }) => status))}`
    const hurt = wrongFor("another command", OTHERS_MS, others)
    if (hurt !== undefined) return hurt
    const grown = after - before
    return grown > GROWTH_BYTES ? `memory grew by ${(grown / MEBIBYTE).toFixed(0)} MiB` : undefined
  },
  ...more,
})

const nothing = () => Promise.resolve()
const LONG = "long-history"

const longHistory = async ({ victim }: Scene) => {
  const { http } = victim.ports
  const { status } = await ask(http, { path: `/stock/item/${LONG}` })
  if (status === 200) return
  await many(2_000, 100, () => command(http, `/stock/item/${LONG}/ReceiveStock`, { quantity: 1 }))
}

const historyBurst = (count: number, path: string) => ({ victim }: Scene) =>
  many(count, count, () => ask(victim.ports.http, { path }, { timeoutMs: BURST_MS }))

const longOrder = (count: number) => ({
  customer: "c",
  lines: Array.from({ length: count }, (_, n) => ({ sku: `s${n}`, quantity: 1, price: 1 })),
})

const waiting = (after: string) => async ({ victim }: Scene): Promise<string | undefined> => {
  const { ports: { http }, pid } = victim
  const headers = [`Leftfold-After: ${after}`]
  const burst = many(1_100, 1_100, () => ask(http, { path: "/orders/order-list/n", headers }))
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  const waited = startWait(pid)
  const other = await ask(http, { path: "/products/products-for-sale" })
  const ms = waited()
  await burst
  if (other.status !== 200) return `another query: ${other.status} ${other.body.slice(0, 100)}`
  return ms > OTHERS_MS ? `another query took ${ms.toFixed(0)} ms` : undefined
}

const bigNames: Attack = {
  name: "100 products with names of 880,000 letters",
  expected: "refused, or the products for sale are shown all the same",
  limitMs: 60_000,
  run: async ({ victim, fresh }) => {
    const { http } = victim.ports
    const statuses = await many(100, 4, async (number) => {
      const name = `${number}${"n".repeat(880_000)}`
      const path = `/products/product/${fresh("big")}/AddProduct`
      return (await command(http, path, { name, price: 1 })).status
    })
    await new Promise((resolve) => setTimeout(resolve, 500))
    const shown = await ask(http, { path: "/products/products-for-sale" })
    if (shown.status === 200) return undefined
    return `${tallyOf(statuses)}; then ${shown.status} ${shown.body.slice(0, 120)}`
  },
}

const middleNames: Attack = {
  name: "40 products with names of 60,000 letters",
  expected: "refused, or the products for sale are shown all the same",
  run: async ({ victim, fresh }) => {
    const { http } = victim.ports
    const statuses = await many(40, 4, async (number) => {
      const name = `${number}${"n".repeat(60_000)}`
      const path = `/products/product/${fresh("mid")}/AddProduct`
      return (await command(http, path, { name, price: 1 })).status
    })
    await new Promise((resolve) => setTimeout(resolve, 500))
    const shown = await ask(http, { path: "/products/products-for-sale" })
    if (shown.status === 200) return undefined
    return `${tallyOf(statuses)}; then ${shown.status} ${shown.body.slice(0, 120)}`
  },
}

const post = (path: string, fields: unknown) => ({
  method: "POST",
  path,
  headers: [JSON_BODY],
  body: JSON.stringify(fields),
})

/** The class. */
export const costs: AttackClass = {
  name: "costs",
  attacks: () => [
    othersGoOn(
      "200 pages of one event of a long history",
      longHistory,
      historyBurst(200, `/stock/item/${LONG}/history?limit=1`),
      { isLong: true },
    ),
    othersGoOn(
      "200 pages of 1,000 events of a long history",
      longHistory,
      historyBurst(200, `/stock/item/${LONG}/history?limit=1000`),
      { isLong: true },
    ),
    othersGoOn(
      "200 states of a long history",
      longHistory,
      historyBurst(200, `/stock/item/${LONG}`),
      { isLong: true },
    ),
    othersGoOn(
      "200 states at version 1 of a long history",
      longHistory,
      historyBurst(200, `/stock/item/${LONG}?version=1`),
      { isLong: true },
    ),
    othersGoOn(
      "200 states at a time of a long history",
      longHistory,
      historyBurst(200, `/stock/item/${LONG}?at=2030-01-01T00:00:00Z`),
      { isLong: true },
    ),
    othersGoOn(
      "300 times the sales of all time",
      nothing,
      historyBurst(300, "/orders/sales?from=0000-01-01&to=9999-12-31"),
      { isLong: true },
    ),
    othersGoOn(
      "300 times all orders in a state",
      nothing,
      historyBurst(300, "/orders/orders-in-state?state=completed"),
      { isLong: true },
    ),
    othersGoOn("300 times the description of all", nothing, historyBurst(300, "/openapi.json")),
    othersGoOn("300 times readyz", nothing, historyBurst(300, "/readyz")),
    othersGoOn(
      "40 bodies of 890,000 bytes at once",
      nothing,
      ({ victim, fresh }) =>
        many(40, 40, () =>
          ask(
            victim.ports.http,
            post(`/orders/order/${fresh()}/PlaceOrder`, {
              customer: "c",
              lines: Array.from({ length: 290_000 }, () => ({})),
            }),
            { timeoutMs: BURST_MS },
          )),
      { isLong: true },
    ),
    othersGoOn(
      "500 commands to one actor",
      nothing,
      ({ victim }) =>
        many(
          500,
          500,
          () =>
            ask(victim.ports.http, post("/stock/item/hot/ReceiveStock", { quantity: 1 }), {
              timeoutMs: BURST_MS,
            }),
        ),
    ),
    othersGoOn(
      "1,000 commands to new actors",
      nothing,
      ({ victim, fresh }) =>
        many(
          1_000,
          500,
          () =>
            ask(
              victim.ports.http,
              post(`/stock/item/${fresh("n")}/ReceiveStock`, { quantity: 1 }),
              { timeoutMs: BURST_MS },
            ),
        ),
      { isLong: true },
    ),
    httpAttack(
      "a page of a million events",
      { path: `/stock/item/${LONG}/history?limit=1000000` },
      HARMLESS,
    ),
    httpAttack(
      "an order of 20,000 lines",
      ({ fresh }) => post(`/orders/order/${fresh()}/PlaceOrder`, longOrder(20_000)),
      REFUSED,
    ),
    httpAttack(
      "an order of one sku in 15,000 lines",
      ({ fresh }) =>
        post(`/orders/order/${fresh()}/PlaceOrder`, {
          customer: "c",
          lines: Array.from({ length: 15_000 }, () => ({ sku: "same", quantity: 1, price: 1 })),
        }),
      REFUSED,
    ),
    {
      name: "1,100 queries that wait for what cannot come",
      expected: "another query is answered with 200 meanwhile",
      run: waiting("orders:999999999"),
    },
    {
      name: "1,100 queries that wait for what may come",
      expected: "another query is answered with 200 meanwhile",
      run: async (scene) => {
        const { http } = scene.victim.ports
        const shown = await ask(http, { path: "/orders/order-list/n" })
        const at = /orders:(\d+)/.exec(shown.raw)?.[1] ?? "0"
        return await waiting(`orders:${Number(at) + 1}`)(scene)
      },
    },
    middleNames,
    { ...bigNames, isLong: true },
  ],
}
