/** Attacks by poison: values that the gateway accepts, and that everything behind it must hold. */
import { randomBytes } from "node:crypto"
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import { ask, command, type HttpAnswer } from "./raw-http.ts"

const SAFE = Number.MAX_SAFE_INTEGER
const BEHIND_MS = 8_000

const order = (customer: string, more: object = {}) => ({
  customer,
  lines: [{ sku: "poison", quantity: 1, price: 1 }],
  ...more,
})

const place = ({ victim, fresh }: Scene, fields: unknown) =>
  command(victim.ports.http, `/orders/order/${fresh("po")}/PlaceOrder`, fields)

const positionOf = ({ body }: HttpAnswer) => /"position":"([^"]+)"/.exec(body)?.[1] ?? ""

/** Checks that another customer's card and orders keep up with that customer's next order. */
const othersAreShown = async (scene: Scene): Promise<string | undefined> => {
  const { http } = scene.victim.ports
  const bob = scene.fresh("bob")
  const placed = await place(scene, order(bob))
  if (placed.status !== 200) return `an honest order: ${placed.status} ${placed.body.slice(0, 100)}`
  const headers = [`Leftfold-After: ${positionOf(placed)}`, "Prefer: wait=5"]
  for (
    const path of [`/customers/customer-card/${bob}`, `/orders/orders-of-customer?customer=${bob}`]
  ) {
    const shown = await ask(http, { path, headers }, { timeoutMs: BEHIND_MS })
    if (shown.status !== 200) return `${path}: ${shown.status} ${shown.body.slice(0, 140)}`
  }
  return undefined
}

/** The command may be accepted or refused; the views of others must go on. */
const poisoned = (
  name: string,
  fields: unknown,
  send: (scene: Scene, fields: unknown) => Promise<HttpAnswer> = place,
): Attack => ({
  name,
  expected: "refused (4xx) or taken, and the rows of others go on",
  isIndependent: true,
  run: async (scene) => {
    const { status, body } = await send(scene, fields)
    if (status >= 500 || status === 0) return `${status} ${body.slice(0, 160)}`
    return await othersAreShown(scene)
  },
})

const random = (length: number) => randomBytes(length).toString("base64")

const texts: readonly [string, string][] = [
  ["9,000 random bytes", random(9_000)],
  ["2,800 random bytes", random(2_800)],
  ["2,000 random bytes", random(2_000)],
  ["1,000 random bytes", random(1_000)],
  ["500,000 equal letters", "a".repeat(500_000)],
  ["U+0000", "\0"],
  ["U+0000 within", "a\0b"],
  ["a high surrogate alone", "\ud800"],
  ["a low surrogate first", "\udc00\ud800"],
  ["a surrogate at the end", "a\ud83d"],
  ["not a character", "\uffff\ufffe"],
  ["2,000 marks on one letter", `a${"\u0301".repeat(2_000)}`],
  ["right to left", "\u202eevil"],
  ["nothing to be seen", "\u200b"],
  ["a line break", "a\r\nLeftfold-Position: x"],
  ["a slash and points", "../../x"],
  ["only a point", "."],
  ["percent", "%2e%2e%2f"],
  ["a prototype", "__proto__"],
  ["a text of JSON", '{"a":1}'],
  ["a number", "1e308"],
  ["a quote", "'; drop table x; --"],
  ["backslashes", "\\\\x00\\u0000"],
  ["bytes of Postgres", "\\x00ff"],
  ["escape codes of a terminal", "\u001b[2J\u001b]0;x\u0007"],
]

const receive = (sku: string, quantity: number) => ({ victim }: Scene) =>
  command(victim.ports.http, `/stock/item/${sku}/ReceiveStock`, { quantity })

const totalsAfter = (
  name: string,
  asks: (scene: Scene) => readonly ((scene: Scene) => Promise<HttpAnswer>)[],
): Attack => ({
  name,
  expected: "refused (4xx) or taken, and /stock/totals is answered with 200",
  run: async (scene) => {
    let position = ""
    for (const each of asks(scene)) {
      const answer = await each(scene)
      if (answer.status >= 500) return `${answer.status} ${answer.body.slice(0, 160)}`
      position = positionOf(answer) || position
    }
    const headers = position === "" ? [] : [`Leftfold-After: ${position}`]
    const shown = await ask(scene.victim.ports.http, { path: "/stock/totals", headers })
    return shown.status === 200 ? undefined : `${shown.status} ${shown.body.slice(0, 160)}`
  },
})

const invalid = (name: string, fields: unknown): Attack => ({
  name,
  expected: "422",
  run: async (scene) => {
    const { status, body } = await place(scene, fields)
    return status === 422 ? undefined : `${status} ${body.slice(0, 160)}`
  },
})

const lines = (quantity: number, price: number, count = 1) => ({
  customer: "sum",
  lines: Array.from({ length: count }, (_, n) => ({ sku: `sum${n}`, quantity, price })),
})

/** An id of the greatest length must pass through the whole checkout. */
const longIds = (idLength: number, skuLength: number): Attack => ({
  name: `an order id of ${idLength} letters, a sku of ${skuLength}`,
  expected: "the order completes",
  run: async (scene) => {
    const { http } = scene.victim.ports
    const id = scene.fresh("long").padEnd(idLength, "x")
    const sku = scene.fresh("sku").padEnd(skuLength, "y")
    await receive(sku, 1)(scene)
    const fields = { customer: "long", lines: [{ sku, quantity: 1, price: 1 }] }
    const placed = await command(http, `/orders/order/${id}/PlaceOrder`, fields)
    if (placed.status !== 200) return `${placed.status} ${placed.body.slice(0, 160)}`
    const end = performance.now() + 10_000
    for (;;) {
      const row = await ask(http, { path: `/orders/order-list/${id}` })
      if (row.body.includes('"completed"')) return undefined
      if (performance.now() > end) return `${row.status} ${row.body.slice(0, 200)}`
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  },
})

const register = ({ victim, fresh }: Scene, fields: unknown) =>
  command(victim.ports.http, `/customers/customer/${fresh("cu")}/RegisterCustomer`, fields)

const add = ({ victim, fresh }: Scene, fields: unknown) =>
  command(victim.ports.http, `/products/product/${fresh("pr")}/AddProduct`, fields)

const cancel = async (scene: Scene, fields: unknown) => {
  const id = scene.fresh("ca")
  const { http } = scene.victim.ports
  await command(http, `/orders/order/${id}/PlaceOrder`, order("cancels"))
  return await command(http, `/orders/order/${id}/CancelOrder`, fields)
}

/** The class. */
export const poison: AttackClass = {
  name: "poison",
  attacks: () => [
    ...texts.map(([name, text]) => poisoned(`a customer: ${name}`, order(text))),
    ...texts.slice(0, 16).flatMap(([name, text]) => [
      poisoned(`an address: ${name}`, order("c", { address: text })),
      poisoned(`the name of a customer: ${name}`, { name: text, address: "a" }, register),
      poisoned(`the name of a product: ${name}`, { name: text, price: 1 }, add),
      poisoned(`a reason: ${name}`, { reason: text }, cancel),
    ]),
    totalsAfter("2^53 - 1 of one item, twice", ({ fresh }) => {
      const sku = fresh("max")
      return [receive(sku, SAFE), receive(sku, SAFE)]
    }),
    totalsAfter(
      "2^53 - 1 of two items",
      ({ fresh }) => [receive(fresh("max"), SAFE), receive(fresh("max"), SAFE)],
    ),
    totalsAfter(
      "2^52 of 40 items",
      ({ fresh }) => Array.from({ length: 40 }, () => receive(fresh("max"), 2 ** 52)),
    ),
    totalsAfter(
      "a thousand million of 40 items",
      ({ fresh }) => Array.from({ length: 40 }, () => receive(fresh("max"), 1e9)),
    ),
    invalid("quantity and price of 2^53 - 1", lines(SAFE, SAFE)),
    invalid("two of a price of 2^53 - 1", lines(2, SAFE)),
    invalid("2^53 - 1 of a price of 2", lines(SAFE, 2)),
    invalid("a price of 1e308", lines(1, 1e308)),
    invalid("a quantity of 1e308", lines(1e308, 1)),
    poisoned("a price of 2^53 - 1", lines(1, SAFE)),
    poisoned("ten lines of a price of 2^52", lines(1, 2 ** 52, 10)),
    poisoned("lines that are the same sku", {
      customer: "same",
      lines: Array.from({ length: 50 }, () => ({ sku: "same", quantity: 1, price: 1 })),
    }),
    poisoned("a product of a price of 2^53 - 1", { name: "dear", price: SAFE }, add),
    longIds(128, 8),
    longIds(125, 128),
    longIds(128, 128),
  ],
}
