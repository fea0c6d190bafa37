/**
 * Whole journeys of orders, with every way in which they can go wrong, and the books afterwards.
 */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import type { RunningApp } from "leftfold/app"
import { test } from "leftfold/testing"
import { LARGEST_PAYMENT, UNCONFIRMED_PAYMENT } from "./payments/provider-fake.ts"
import { eventually, post, Visitor } from "./fixtures/visitor.ts"

interface Item {
  readonly onHand: number
  readonly reserved: Readonly<Record<string, number>>
}

interface Totals {
  readonly received: number
  readonly onHand: number
  readonly reserved: number
  readonly shipped: number
}

interface Money {
  readonly taken: number
  readonly refunded: number
}

interface Card {
  readonly standing: string
  readonly placed: number
  readonly completed: number
  readonly cancelled: number
  readonly lifetimeValue: number
}

/** Waits until nothing of an item is reserved, and answers how many are on hand. */
const onHand = async (visitor: Visitor, sku: string): Promise<number> => {
  const ask = () => visitor.stateOf<Item>(`/stock/item/${sku}`)
  return (await eventually(ask, ({ reserved }) => Object.keys(reserved).length === 0)).onHand
}

/** Asserts that money and goods add up once everything has come to rest. */
export const assertBooks = async (visitor: Visitor): Promise<void> => {
  const day = "0000-01-01&to=9999-12-31"
  const read = async () => ({
    stock: (await visitor.json<Totals>("/stock/totals")).body,
    money: (await visitor.json<Money>("/payments/totals")).body,
    sales: (await visitor.json<{ revenue: number }[]>(`/orders/sales?from=${day}`)).body,
    open: (await visitor.json<unknown[]>("/orders/orders-in-state?state=placed")).body,
  })
  await eventually(read, ({ stock, money, sales, open }) => {
    const revenue = sales.reduce((sum, each) => sum + each.revenue, 0)
    const { received, onHand, reserved, shipped } = stock
    return open.length === 0 && reserved === 0 && received === onHand + shipped &&
      money.taken - money.refunded === revenue
  })
}

/** Receives a quantity of an item that no other test orders. */
const receive = (visitor: Visitor, sku: string, quantity: number) =>
  visitor.say(`/stock/item/${sku}/ReceiveStock`, { quantity })

const unhappy = (visit: () => Visitor) => {
  test("an order that stock cannot fill is cancelled, and nothing stays reserved", async () => {
    const visitor = visit()
    await receive(visitor, "short-tea", 5)
    const lines = [
      { sku: "short-tea", quantity: 2, price: 100 },
      { sku: "short-cup", quantity: 1, price: 100 },
    ]
    await visitor.say("/orders/order/short/PlaceOrder", { customer: "ada", lines })
    const detail = await visitor.detail("short", ({ state }) => state === "cancelled")
    assert.match(detail.reason ?? "", /not enough short-cup/)
    assert.equal(await onHand(visitor, "short-tea"), 5)
    assert.equal(detail.payment, "none")
  })

  test("an order that cannot be paid is cancelled, and its goods are released", async () => {
    const visitor = visit()
    await receive(visitor, "dear", 1)
    await visitor.place("declined", { sku: "dear", price: LARGEST_PAYMENT + 1 })
    const detail = await visitor.detail("declined", ({ state }) => state === "cancelled")
    assert.equal(detail.reason, "the amount is above the limit")
    assert.equal(detail.payment, "declined")
    assert.equal(await onHand(visitor, "dear"), 1)
  })

  test("an order that is cancelled while it waits for its payment is not paid for", async () => {
    const visitor = visit()
    await receive(visitor, "waited", 1)
    await visitor.place("waiting", { sku: "waited", price: UNCONFIRMED_PAYMENT })
    await visitor.detail("waiting", ({ payment }) => payment === "asked")
    await visitor.say("/orders/order/waiting/CancelOrder", { reason: "changed my mind" })
    await visitor.detail("waiting", ({ payment }) => payment === "withdrawn")
    assert.equal(await onHand(visitor, "waited"), 1)
    await visitor.say("/payments/payment/waiting/ConfirmPayment", {})
    const late = await visitor.detail("waiting", ({ payment }) => payment === "refunded")
    assert.equal(late.state, "cancelled")
  })

  test("an order that cannot be delivered comes back: money, goods and all", async () => {
    const visitor = visit()
    await receive(visitor, "returned", 4)
    await visitor.place("returned", { sku: "returned", quantity: 3 }, "nowhere 7")
    const detail = await visitor.detail(
      "returned",
      ({ state, payment, delivery }) =>
        state === "cancelled" && payment === "refunded" && delivery === "returned",
    )
    assert.equal(detail.reason, "nobody could be found at the address")
    await eventually(() => onHand(visitor, "returned"), (left) => left === 4)
  })

  test("an order may be cancelled at any moment until it is completed", async () => {
    const visitor = visit()
    await receive(visitor, "any", 40)
    const ids = Array.from({ length: 12 }, (_, index) => `any-${index}`)
    await Promise.all(ids.map(async (id, index) => {
      await visitor.place(id, { sku: "any", price: 10 + index })
      // Each order is cancelled a little later in its life than the one before.
      for (let reads = 0; reads < index * 2; reads++) await visitor.stateOf(`/orders/order/${id}`)
      const cancel = post({ reason: "whim" })
      const { status } = await visitor.json(`/orders/order/${id}/CancelOrder`, cancel)
      assert.ok(status === 200 || status === 409)
    }))
    for (const id of ids) {
      await visitor.detail(
        id,
        ({ state, payment, delivery }) =>
          state === "completed"
            ? payment === "taken" && delivery === "delivered"
            : state === "cancelled" && payment !== "taken" && payment !== "asked" &&
              delivery !== "arranged" && delivery !== "dispatched" && delivery !== "delivered",
      )
    }
  })
}

const hostile = (visit: () => Visitor) => {
  test("a stranger who uses the ids of policies' commands first holds no order up", async () => {
    const visitor = visit()
    await receive(visitor, "mug", 10)
    // Positions are no secret: the next ones are close to the last answer.
    const placed = await visitor.place("before", { sku: "mug", price: UNCONFIRMED_PAYMENT })
    const next = Number(placed.split(":")[1])
    const keys = Array.from({ length: 60 }, (_, each) => [
      `orders.checkout-steps/orders:${next + each}/0/0`,
      `orders.checkout-steps/orders:${next + each}/1/0`,
    ]).flat()
    for (const key of keys) {
      const request = post({ quantity: 1 }, { "Idempotency-Key": key })
      const answer = await visitor.json("/stock/item/mug/ReceiveStock", request)
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      const cancel = post({ reason: "mallory" }, { "Idempotency-Key": key })
      await visitor.json("/orders/order/before/CancelOrder", cancel)
    }
    await visitor.place("honest", { sku: "mug", price: 450 })
    await visitor.detail("honest", ({ state }) => state === "completed")
    await eventually(
      () => visitor.stateOf<Item>("/stock/item/mug"),
      ({ onHand, reserved }) => onHand === 10 + keys.length - 1 && !Object.keys(reserved).length,
    )
  })

  test("a key that is used for something else is refused, however it is used", async () => {
    const visitor = visit()
    const say = (id: string, command: string, fields: object, key: string) =>
      visitor.json<{ title: string; events: number }>(
        `/products/product/${id}/${command}`,
        post(fields, { "Idempotency-Key": key }),
      )
    const keys = ["order/5:pay", "products.product/x:1/0", "~odd", "urn:uuid:1-2-3", 'k="v";#%']
    for (const [index, key] of keys.entries()) {
      const id = `keyed-${index}`
      const first = await say(id, "AddProduct", { name: "Cup", price: 1 }, key)
      assert.equal(first.status, 200, `${key}: ${JSON.stringify(first.body)}`)
      assert.deepEqual(
        (await say(id, "AddProduct", { price: 1, name: "Cup" }, key)).body,
        first.body,
      )
      for (
        const [command, fields] of [
          ["AddProduct", { name: "Cup", price: 2 }],
          ["RetireProduct", {}],
          ["ChangePrice", { price: 1 }],
        ] as const
      ) {
        const other = await say(id, command, fields, key)
        assert.deepEqual([other.status, other.body.title], [422, "CommandIdReused"], command)
      }
    }
  })

  test("things that never were leave no trace, whatever is said of earlier tries", async () => {
    const visitor = visit()
    const cup = { name: "Cup", price: 1 }
    const sequenceOf = async (id: string) =>
      Number((await visitor.say(`/products/product/${id}/AddProduct`, cup)).split(":")[1])
    /** Asks for 300 products that do not exist; answers what came back, and how often. */
    const ask = async (round: string, key: (each: number) => Record<string, string>) => {
      const before = await sequenceOf(`before-${round}`)
      const answers = await Promise.all(
        Array.from({ length: 300 }, (_, each) =>
          visitor.json<{ title: string }>(
            `/products/product/ghost-${each}/ChangePrice`,
            post({ price: 1 }, { "Leftfold-Retry": "true", ...key(each) }),
          )),
      )
      const written = await sequenceOf(`after-${round}`) - before - 1
      const refused = answers.filter(({ body }) => body.title === "NotForSale").length
      const outages = answers.filter(({ body }) => body.title === "Overloaded").length
      assert.equal(refused + outages, 300)
      return { refused, written }
    }
    const withoutKey = await ask("unnamed", () => ({}))
    assert.deepEqual(withoutKey, { refused: 300, written: 0 }, "nobody can have tried a new id")
    const withKey = (each: number) => ({ "Idempotency-Key": `ghostly-${each}` })
    const { refused, written } = await ask("named", withKey)
    assert.equal(written, refused, "each refusal is in the log")
    assert.ok(written > 5 && written < 30, `${written} refusals are in the log`)
  })

  test("of fifty contents under one key at once, one is accepted", async () => {
    const visitor = visit()
    await receive(visitor, "raced", 1)
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, each) =>
        visitor.json<{ title?: string }>(
          "/stock/item/raced/ReceiveStock",
          post({ quantity: 10 + each }, { "Idempotency-Key": "raced-key" }),
        )),
    )
    const titles = answers.map(({ status, body }) => `${status} ${body.title ?? ""}`).sort()
    assert.deepEqual(titles, ["200 ", ...Array(49).fill("422 CommandIdReused")])
  })
}

const happy = (visit: () => Visitor) => {
  test("an order is reserved, paid, delivered, completed, and seen on every screen", async () => {
    const visitor = visit()
    await visitor.say("/customers/customer/ada/RegisterCustomer", {
      name: "Ada",
      address: "1 Main St",
    })
    await visitor.say("/products/product/pot/AddProduct", { name: "Pot", price: 1200 })
    await receive(visitor, "pot", 10)
    await visitor.place("happy", { sku: "pot", quantity: 2, price: 1200 }, "1 Main St")
    const detail = await visitor.detail("happy", ({ state }) => state === "completed")
    assert.deepEqual({ ...detail, lines: 0 }, {
      ...{ id: "happy", customer: "ada", address: "1 Main St", lines: 0, total: 2400 },
      ...{ state: "completed", payment: "taken", delivery: "delivered" },
    })
    assert.equal(await onHand(visitor, "pot"), 8)
    const card = () => visitor.json<Card>("/customers/customer-card/ada")
    await eventually(card, ({ body }) => body.standing === "registered" && body.completed > 0)
    const forSale = () =>
      visitor.json<{ sku: string; available: number }[]>(
        "/products/products-for-sale",
      )
    await eventually(
      forSale,
      ({ body }) => body.some(({ sku, available }) => sku === "pot" && available === 8),
    )
    const moved = () => visitor.json<{ movement: string }[]>("/stock/movements?sku=pot")
    const { body } = await eventually(moved, (answer) => answer.body.length === 3)
    assert.deepEqual(body.map(({ movement }) => movement), ["shipped", "reserved", "received"])
    const best = await visitor.json<{ id: string }[]>("/customers/best-customers")
    assert.ok(best.body.some(({ id }) => id === "ada"))
  })
}

/** Registers the journeys, through the shop that `make` runs. */
export const journeysSuite = (where: string, make: () => Promise<RunningApp>): void => {
  describe(`orders in the shop ${where}`, () => {
    let app: RunningApp
    let visitor: Visitor
    before(async () => {
      app = await make()
      visitor = new Visitor(app)
    })
    after(() => app.stop())
    happy(() => visitor)
    unhappy(() => visitor)
    hostile(() => visitor)
    test("after all of that the books balance", () => assertBooks(visitor))
  })
}
