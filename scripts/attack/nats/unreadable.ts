/** Attacks by unreadable messages in a log: others must go on. */
import { Buffer } from "node:buffer"
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import { openPlace, withNats } from "./nats-scene.ts"
import { ask, command } from "../http/raw-http.ts"
import { many } from "../many.ts"

const sliceOf = (id: string): number => {
  let hash = 0x811c9dc5
  for (const letter of Buffer.from(id)) hash = Math.imul(hash ^ letter, 0x01000193)
  return (hash >>> 0) % 256
}

/** The longest time for an honest order to complete, in milliseconds. */
const ORDER_MS = 15_000

const honest = async ({ victim, fresh }: Scene): Promise<string | undefined> => {
  const { http } = victim.ports
  const [id, sku] = [fresh("ho"), fresh("hs")]
  await command(http, `/stock/item/${sku}/ReceiveStock`, { quantity: 1 })
  const fields = { customer: id, lines: [{ sku, quantity: 1, price: 1 }] }
  await command(http, `/orders/order/${id}/PlaceOrder`, fields)
  const began = performance.now()
  for (;;) {
    const row = await ask(http, { path: `/orders/order-list/${id}` })
    if (row.body.includes('"completed"')) return undefined
    if (performance.now() - began > ORDER_MS) return `an honest order: ${row.status} ${row.body}`
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const written = (
  name: string,
  count: number,
  context: string,
  payload: (n: number) => Uint8Array,
): Attack => ({
  name: `${count} messages in the log of ${context}: ${name}`,
  expected: "an honest order completes all the same",
  limitMs: 60_000,
  run: async (scene) => {
    const [bounded, actor] = context.split(".")
    await withNats(openPlace(scene), "actors", async (nats) => {
      await many(count, 100, async (n) => {
        const id = scene.fresh("un")
        nats.publish({
          subject: `evt.${bounded}.${actor}.${sliceOf(id)}.${id}`,
          payload: payload(n),
        })
        if (n % 100 === 0) await nats.flush()
      })
      await nats.flush()
    })
    return await honest(scene)
  },
})

const bytes = (...values: number[]) => Uint8Array.from(values)

/** The class. Its messages stay in the logs, so the next class gets another shop. */
export const unreadable: AttackClass = {
  name: "unreadable",
  spoils: true,
  attacks: () => [
    written("no bytes", 20, "stock.item", () => bytes()),
    written("not MessagePack", 20, "stock.item", () => bytes(0xc1, 0xc1)),
    written("a map without events", 20, "orders.order", () => bytes(0x80)),
    written("JSON", 20, "payments.payment", () => Buffer.from('{"events":[]}')),
    written("a text of 500 KB", 5, "delivery.delivery", () => Buffer.alloc(500_000, 65)),
    written("not MessagePack", 9_000, "orders.checkout", () => bytes(0xc1)),
  ],
}
