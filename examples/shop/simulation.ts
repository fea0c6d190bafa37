/** The simulation of the shop: what callers do, and what must hold whatever happens. */
import assert from "node:assert/strict"
import { ask, Policy } from "leftfold/actors"
import { type Choices, type Simulation, simulation, type World } from "leftfold/simulation"
import { Deliveries } from "./delivery/contract.ts"
import { shop } from "./main.ts"
import { Orders } from "./orders/contract.ts"
import { Order } from "./orders/order.ts"
import { Payments } from "./payments/contract.ts"
import { Payment } from "./payments/payment.ts"
import { PaymentList } from "./payments/payment-list.ts"
import { Stock } from "./stock/contract.ts"
import { ItemActor } from "./stock/item.ts"
import { StockLevel } from "./stock/stock-level.ts"

const skus = ["tea", "milk"]
const orders = ["o-1", "o-2", "o-3"]

const { PlaceOrder, CancelOrder } = Orders.commands
const { ConfirmPayment, DeclinePayment, ConfirmRefund } = Payments.commands

const line = (pick: Choices) => ({
  sku: pick.of(skus),
  quantity: pick.int(1, 3),
  price: pick.of([100, 250]),
})

const order = (pick: Choices) =>
  PlaceOrder({
    customer: pick.of(["ada", "bob"]),
    ...(pick.chance(0.3) ? { address: "nowhere" } : { address: "1 Main St" }),
    lines: pick.chance(0.4) ? [line(pick), line(pick)] : [line(pick)],
  })

const calls = [
  {
    weight: 3,
    ask: (pick: Choices) =>
      ask(Stock, pick.of(skus), Stock.commands.ReceiveStock({ quantity: pick.int(1, 4) })),
  },
  { weight: 4, ask: (pick: Choices) => ask(Orders, pick.of(orders), order(pick)) },
  {
    weight: 2,
    ask: (pick: Choices) =>
      ask(Orders, pick.of(orders), CancelOrder({ reason: "changed my mind" })),
  },
  { ask: (pick: Choices) => ask(Payments, pick.of(orders), ConfirmPayment()) },
]

/** The provider takes, declines, or lets a payment wait for its customer. */
const answers = (pick: Choices) => [
  Policy.define("payments.collection", {
    from: [Payments],
    on: {
      PaymentRequested: (_, { id }) =>
        pick.of([
          ask(Payments, id, ConfirmPayment()),
          ask(Payments, id, DeclinePayment({ reason: "no money" })),
          undefined,
        ]),
      RefundRequested: (_, { id }) => ask(Payments, id, ConfirmRefund()),
    },
  }),
]

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

/** Everything received is on hand, reserved or shipped, and nothing is below zero. */
const stockAddsUp = (world: World): void => {
  for (const sku of world.ids(Stock)) {
    const { onHand, reserved } = world.state(ItemActor, sku)
    const events = world.events(Stock, sku)
    const moved = (type: string) =>
      sum(events.map((event) => event.type === type ? event.data.quantity : 0))
    assert.ok(onHand >= 0, `${sku} has ${onHand} on hand`)
    assert.equal(
      onHand + sum(Object.values(reserved)) + moved("StockShipped") - moved("StockReturned"),
      moved("StockReceived"),
      `the stock of ${sku} adds up`,
    )
  }
}

/** Each order ends, and its payment and its goods end with it. */
const everythingEnds = (world: World): void => {
  for (const id of world.ids(Orders)) {
    const { state } = world.state(Order, id)
    const payment = world.state(Payment, id).state
    const delivery = world.events(Deliveries, id).at(-1)?.type
    assert.notEqual(state, "placed", `order ${id} ends`)
    const ends = world.events(Orders, id).filter(({ type }) => type !== "OrderPlaced")
    assert.equal(ends.length, 1, `order ${id} ends once`)
    if (state === "completed") {
      assert.ok(
        ["taken", "refunded"].includes(payment),
        `${id} is completed, its payment ${payment}`,
      )
    }
    if (state === "cancelled") {
      assert.ok(
        !["taken", "asked", "refunding"].includes(payment),
        `${id} is cancelled, its payment ${payment}`,
      )
      assert.ok(
        delivery === undefined || ["DeliveryCancelled", "DeliveryReturned"].includes(delivery),
        `${id} is cancelled, its delivery ends with ${delivery}`,
      )
    }
  }
}

/** The money of an order is its total, and the money of a cancelled order is given back. */
const moneyAddsUp = (world: World): void => {
  for (const id of world.ids(Orders)) {
    const { state, total } = world.state(Order, id)
    const moved = (type: string) =>
      sum(
        world.events(Payments, id).map((event) =>
          event.type === type && "amount" in event.data ? event.data.amount : 0
        ),
      )
    const [taken, refunded] = [moved("PaymentTaken"), moved("PaymentRefunded")]
    if (state === "completed") assert.equal(taken, total, `${id} is paid`)
    if (state === "cancelled") assert.equal(taken, refunded, `the money of ${id} is given back`)
  }
}

/** The goods of a completed order are away, once; those of a cancelled order are back. */
const goodsAddUp = (world: World): void => {
  for (const id of world.ids(Orders)) {
    const isCompleted = world.state(Order, id).state === "completed"
    const placed = world.events(Orders, id).find(({ type }) => type === "OrderPlaced")
    const lines = placed && "lines" in placed.data ? placed.data.lines : []
    for (const sku of world.ids(Stock)) {
      const moved = (type: string) =>
        sum(
          world.events(Stock, sku).map((event) =>
            event.type === type && "order" in event.data && event.data.order === id
              ? event.data.quantity
              : 0
          ),
        )
      const ordered = sum(lines.map((each) => each.sku === sku ? each.quantity : 0))
      const away = moved("StockShipped") - moved("StockReturned")
      assert.equal(away, isCompleted ? ordered : 0, `how many ${sku} of ${id} are away`)
    }
  }
}

/** What views show is what happened, once they have caught up. */
const viewsAddUp = (world: World): void => {
  for (const { sku, received, onHand, reserved, shipped } of world.rows(StockLevel)) {
    assert.equal(received, onHand + reserved + shipped, `the level of ${sku} adds up`)
    assert.equal(reserved, 0, `nothing of ${sku} stays reserved`)
  }
  for (const { id, taken, refunded } of world.rows(PaymentList)) {
    assert.ok(refunded === 0 || refunded === taken, `${id} gets back what it paid`)
  }
}

/** The shop, with callers who are in a hurry and a provider that decides as it likes. */
export const shopSimulation: Simulation = simulation(shop, {
  calls,
  answers,
  always: stockAddsUp,
  atRest: (world) => {
    everythingEnds(world)
    goodsAddUp(world)
    moneyAddsUp(world)
    viewsAddUp(world)
  },
})
