/** The shop from outside: what holds over HTTP, over NATS and through the client. */
import assert from "node:assert/strict"
import { after, before, describe } from "node:test"
import type { RunningApp } from "leftfold/app"
import { test } from "leftfold/testing"
import { Orders, OrdersOfCustomer } from "./orders/contract.ts"
import { UNCONFIRMED_PAYMENT } from "./payments/provider-fake.ts"
import { eventually, post } from "./fixtures/visitor.ts"

const { PlaceOrder, CancelOrder } = Orders.commands
const utf8 = new TextEncoder()
const text = new TextDecoder()

/** The fields of any body that these tests read. */
interface Body {
  readonly position: string
  readonly version: number
  readonly events: readonly {
    readonly type: string
    readonly position: string
    readonly causation?: string
    readonly commandId: string
    readonly data: { readonly reason?: string }
  }[]
  readonly state: { readonly state: string }
  readonly title: string
  readonly expected: number
  readonly actual: number
  readonly projections: { readonly ready: boolean }
  readonly openapi: string
  readonly paths: Record<string, { readonly post?: object; readonly get?: object }>
}

const tea = (price: number) => ({ customer: "ada", lines: [{ sku: "tea", quantity: 1, price }] })

/**
 * Registers the tests of the shop that `make` runs; `address` is relative to the gateway, as in
 * curl.
 */
export const shopSuite = (where: string, make: () => Promise<RunningApp>): void => {
  describe(`the shop ${where}`, () => {
    let app: RunningApp
    before(async () => {
      app = await make()
      await json("/stock/item/tea/ReceiveStock", post({ quantity: 1_000 }))
    })
    after(() => app.stop())

    const json = async (path: string, init?: RequestInit) => {
      const response = await app.fetch(path, init)
      const { status, headers } = response
      return { status, headers, body: await response.json() as Body }
    }
    const state = (path: string) => json(path).then(({ body }) => body.state.state)

    test("an order is placed over HTTP, listed, paid, and its history can be read", async () => {
      const placed = await json("/orders/order/h-1/PlaceOrder", post(tea(900)))
      assert.equal(placed.status, 200)
      assert.deepEqual({ ...placed.body, position: 0 }, { position: 0, version: 1, events: 1 })
      assert.equal(placed.headers.get("ETag"), '"1"')
      const position = placed.headers.get("Leftfold-Position") ?? ""
      assert.equal(position, placed.body.position)
      const row = await json("/orders/order-list/h-1", { headers: { "Leftfold-After": position } })
      assert.deepEqual({ ...row.body, state: 0 }, {
        id: "h-1",
        customer: "ada",
        total: 900,
        state: 0,
      })
      await eventually(() => state("/payments/payment/h-1"), (payment) => payment === "taken")
      const { body: history } = await json("/orders/checkout/h-1/history")
      assert.equal(history.events[0]!.type, "CheckoutBegun")
      assert.equal(history.events[0]!.causation, position)
      assert.equal(history.events[0]!.commandId, `orders.checkout-reports/${position}/0/0`)
    })

    test("an order that was completed can be seen as it was before", async () => {
      await json("/orders/order/h-2/PlaceOrder", post(tea(900)))
      await eventually(() => state("/orders/order/h-2"), (order) => order === "completed")
      const past = await json("/orders/order/h-2?version=1")
      assert.equal(past.body.state.state, "placed")
      const { body: history } = await json("/orders/order/h-2/history?after=1")
      assert.equal(history.events[0]!.type, "OrderCompleted")
      const { position } = history.events[0]!
      const row = await json("/orders/order-list/h-2", { headers: { "Leftfold-After": position } })
      assert.equal(row.body.state as unknown, "completed")
    })

    test("placing an order twice is rejected by name", async () => {
      await json("/orders/order/h-3/PlaceOrder", post(tea(1)))
      const again = await json("/orders/order/h-3/PlaceOrder", post(tea(1)))
      assert.equal(again.status, 409)
      assert.equal(again.headers.get("Content-Type"), "application/problem+json")
      assert.equal(again.body.title, "AlreadyPlaced")
    })

    test("a repeat with the same Idempotency-Key gets the first answer", async () => {
      const request = post(tea(1), { "Idempotency-Key": "once-1" })
      const first = await json("/orders/order/h-4/PlaceOrder", request)
      const again = await json("/orders/order/h-4/PlaceOrder", request)
      assert.deepEqual(again.body, first.body)
      const { body } = await json("/orders/order/h-4/history")
      assert.equal(body.events.filter(({ type }) => type === "OrderPlaced").length, 1)
    })

    test("If-Match lets a command through only at that version", async () => {
      const change = (price: number, version: number) =>
        json("/products/product/h-5/ChangePrice", post({ price }, { "If-Match": `"${version}"` }))
      await json("/products/product/h-5/AddProduct", post({ name: "Tea", price: 1 }))
      const early = await change(2, 7)
      assert.equal(early.status, 412)
      assert.deepEqual([early.body.expected, early.body.actual], [7, 1])
      assert.equal((await change(2, 1)).status, 200)
    })

    test("an order lives over NATS in JSON, as from a shell", async () => {
      const ask = async (subject: string, fields: object) => {
        const payload = utf8.encode(JSON.stringify(fields))
        const answer = await new Promise<string>((resolve) =>
          app.wire.request(
            subject,
            payload,
            {},
            5_000,
            (reply) => resolve(reply.type === "reply" ? text.decode(reply.payload) : reply.type),
          )
        )
        return JSON.parse(answer)
      }
      const placed = await ask("cmd.orders.order.n-1.PlaceOrder", tea(5))
      assert.equal(placed.events, 1)
      const again = await ask("cmd.orders.order.n-1.PlaceOrder", tea(5))
      assert.deepEqual([again.title, again.status], ["AlreadyPlaced", 409])
      await app.caughtUp(placed)
      assert.equal((await ask("qry.orders.order-list", { key: "n-1" })).total, 5)
    })

    test("an order lives through the typed client, in MessagePack", async () => {
      const { client } = app
      const lines = [{ sku: "tea", quantity: 3, price: UNCONFIRMED_PAYMENT / 3 }] as const
      const place = PlaceOrder({ customer: "grace", lines })
      const placed = await client.ask(Orders, "n-2", place)
      assert.equal(placed.kind, "accepted")
      const again = await client.ask(Orders, "n-2", place)
      assert.deepEqual(again, Orders.rejections.AlreadyPlaced())
      const cancelled = await client.ask(Orders, "n-2", CancelOrder({ reason: "no" }))
      assert.ok(cancelled.kind === "accepted")
      const { result } = await client.query(OrdersOfCustomer, { customer: "grace" }, {
        after: cancelled.position,
      })
      const total = UNCONFIRMED_PAYMENT
      assert.deepEqual(result, [{ id: "n-2", customer: "grace", total, state: "cancelled" }])
    })

    test("a query is answered over HTTP, after the position that was asked for", async () => {
      const { body: { position } } = await json(
        "/orders/order/h-6/PlaceOrder",
        post({
          customer: "linus",
          lines: [{ sku: "tea", quantity: 1, price: UNCONFIRMED_PAYMENT }],
        }),
      )
      const headers = { "Leftfold-After": position }
      const { body } = await json("/orders/orders-of-customer?customer=linus", { headers })
      const total = UNCONFIRMED_PAYMENT
      assert.deepEqual(body, [{ id: "h-6", customer: "linus", total, state: "placed" }])
    })

    test("nobody completes an order, takes its money or ships its goods from outside", async () => {
      for (
        const path of [
          "/orders/order/h-1/CompleteOrder",
          "/orders/checkout/h-1/NotePaid",
          "/payments/payment/h-1/RefundPayment",
          "/stock/item/tea/ShipStock",
        ]
      ) {
        const { status } = await json(path, post({ order: "h-1" }))
        assert.equal(status, 404, path)
      }
    })

    test("the shop is ready, and describes itself", async () => {
      const ready = await eventually(() => json("/readyz"), ({ status }) => status === 200)
      assert.deepEqual(ready.body, { ready: true, status: "ready" })
      const { body } = await json("/openapi.json")
      assert.equal(body.openapi, "3.1.0")
      assert.ok(body.paths["/orders/order/{id}/PlaceOrder"]?.post)
      assert.ok(body.paths["/orders/orders-of-customer"]?.get)
      assert.equal(body.paths["/orders/order/{id}/CompleteOrder"], undefined)
    })
  })
}
