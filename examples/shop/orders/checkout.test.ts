/** Tests of checkouts: what comes next, and what is taken back, at every stage. */
import { describe } from "node:test"
import { given, test } from "leftfold/testing"
import { CheckoutActor } from "./checkout.ts"
import { Checkouts } from "./contract.ts"

const { commands, events } = Checkouts

const tea = { sku: "tea", quantity: 2 }
const cup = { sku: "cup", quantity: 1 }
const items = [tea, cup]
const [customer, address, amount] = ["ada", "1 Main St", 1800]

const begun = events.CheckoutBegun({ customer, address, items, amount })
const teaReserved = events.ItemReserved({ sku: "tea" })
const cupReserved = events.ItemReserved({ sku: "cup" })
const secured = [begun, teaReserved, cupReserved, events.StockSecured({ amount })]
const paid = [...secured, events.PaymentSecured({ customer, address, items })]
const dispatched = [...paid, events.GoodsDispatched({ items })]
const completed = [...dispatched, events.CheckoutCompleted()]

const reason = "changed my mind"
const abandoned = (reserved: typeof items, payment: boolean, delivery: boolean, why = reason) =>
  events.CheckoutAbandoned({ reason: why, reserved, payment, delivery })
const abandon = commands.AbandonCheckout({ reason })

describe("what comes next", () => {
  test("a checkout asks for each item once, however many lines have it", () =>
    given(CheckoutActor)
      .when(commands.BeginCheckout({ customer, address, items: [tea, tea, cup], amount }))
      .then(events.CheckoutBegun({
        ...{ customer, address, amount },
        items: [{ sku: "tea", quantity: 4 }, cup],
      })))

  test("stock is secured when the last item is reserved, and hearing it again is harmless", () => {
    given(CheckoutActor, begun).when(commands.NoteReserved({ sku: "tea" })).then(teaReserved)
    given(CheckoutActor, begun, teaReserved)
      .when(commands.NoteReserved({ sku: "tea" }))
      .thenNothing()
    given(CheckoutActor, begun, teaReserved)
      .when(commands.NoteReserved({ sku: "cup" }))
      .then(cupReserved, events.StockSecured({ amount }))
  })

  test("a paid order is delivered, and a delivered one completed", () => {
    given(CheckoutActor, ...secured)
      .when(commands.NotePaid())
      .then(events.PaymentSecured({ customer, address, items }))
    given(CheckoutActor, ...paid)
      .when(commands.NoteDispatched())
      .then(events.GoodsDispatched({ items }))
    given(CheckoutActor, ...dispatched)
      .when(commands.NoteDelivered())
      .then(events.CheckoutCompleted())
  })

  test("every report may come twice", () => {
    given(CheckoutActor, ...paid).when(commands.NotePaid()).thenNothing()
    given(CheckoutActor, ...dispatched).when(commands.NoteDispatched()).thenNothing()
    given(CheckoutActor, ...completed).when(commands.NoteDelivered()).thenNothing()
    given(CheckoutActor, ...completed).when(commands.NoteReserved({ sku: "tea" })).thenNothing()
    given(CheckoutActor, ...paid).when(commands.ExpirePayment()).thenNothing()
  })
})

describe("what overtakes something earlier", () => {
  test("an order that was cancelled before its checkout began has none", () => {
    given(CheckoutActor).when(abandon).then(abandoned([], false, false))
    given(CheckoutActor, abandoned([], false, false))
      .when(commands.BeginCheckout({ customer, address, items, amount }))
      .thenNothing()
  })

  test("goods that arrived, or came back, were sent before", () => {
    given(CheckoutActor, ...paid)
      .when(commands.NoteDelivered())
      .then(events.GoodsDispatched({ items }), events.CheckoutCompleted())
    given(CheckoutActor, ...completed).when(commands.NoteDispatched()).thenNothing()
    given(CheckoutActor, ...paid)
      .when(commands.NoteReturned({ reason: "nobody there" }))
      .then(
        events.GoodsDispatched({ items }),
        abandoned([], true, true, "nobody there"),
        events.ItemsReturned({ items }),
      )
    given(CheckoutActor, ...paid, abandoned([], true, true))
      .when(commands.NoteReturned({ reason }))
      .then(events.GoodsDispatched({ items }), events.ItemsReturned({ items }))
    given(CheckoutActor, ...secured).when(commands.NoteReturned({ reason })).thenNothing()
  })
})

describe("what is taken back", () => {
  test("when an item is short, those that are reserved are released", () =>
    given(CheckoutActor, begun, teaReserved)
      .when(commands.NoteShort({ sku: "cup" }))
      .then(abandoned([tea], false, false, "there is not enough cup in stock")))

  test("an item that is reserved too late is released at once, and once", () => {
    const late = [begun, abandoned([], false, false)]
    given(CheckoutActor, ...late)
      .when(commands.NoteReserved({ sku: "tea" }))
      .then(teaReserved, events.ItemsReleased({ items: [tea] }))
    given(CheckoutActor, ...late, teaReserved, events.ItemsReleased({ items: [tea] }))
      .when(commands.NoteReserved({ sku: "tea" }))
      .thenNothing()
  })

  test("a payment that is declined, or does not come in time, releases the stock", () => {
    given(CheckoutActor, ...secured)
      .when(commands.NoteDeclined({ reason: "no money" }))
      .then(abandoned(items, true, false, "no money"))
    given(CheckoutActor, ...secured)
      .when(commands.ExpirePayment())
      .then(abandoned(items, true, false, "not paid in time"))
  })

  test("a cancelled order takes back just what had been asked for", () => {
    given(CheckoutActor, begun).when(abandon).then(abandoned([], false, false))
    given(CheckoutActor, begun, teaReserved).when(abandon).then(abandoned([tea], false, false))
    given(CheckoutActor, ...secured).when(abandon).then(abandoned(items, true, false))
    given(CheckoutActor, ...paid).when(abandon).then(abandoned([], true, true))
    given(CheckoutActor, ...dispatched).when(abandon).then(abandoned([], true, true))
    given(CheckoutActor, ...completed).when(abandon).then(abandoned([], true, true))
    given(CheckoutActor, begun, abandoned([], false, false)).when(abandon).thenNothing()
  })

  test("goods that never left are released, and goods that come back are returned, once", () => {
    const gaveUp = [...paid, abandoned([], true, true)]
    given(CheckoutActor, ...gaveUp)
      .when(commands.NoteNotDispatched())
      .then(events.ItemsReleased({ items }))
    const sent = [...gaveUp, events.GoodsDispatched({ items })]
    given(CheckoutActor, ...gaveUp)
      .when(commands.NoteDispatched())
      .then(events.GoodsDispatched({ items }))
    given(CheckoutActor, ...sent)
      .when(commands.NoteReturned({ reason }))
      .then(events.ItemsReturned({ items }))
    given(CheckoutActor, ...sent, events.ItemsReturned({ items }))
      .when(commands.NoteReturned({ reason }))
      .thenNothing()
  })

  test("a delivery that fails by itself ends the order and gives the money back", () =>
    given(CheckoutActor, ...dispatched)
      .when(commands.NoteReturned({ reason: "nobody there" }))
      .then(abandoned([], true, true, "nobody there"), events.ItemsReturned({ items })))
})
