/** Test of the one planted fault that nothing finds: no order of reports shows it at rest. */
import assert from "node:assert/strict"
import { CheckoutActor } from "../../examples/shop/orders/checkout.ts"
import { Checkouts } from "../../examples/shop/orders/contract.ts"
import { shop } from "../../examples/shop/main.ts"
import type { AnyActor } from "../../actors/internal.ts"
import type { Message } from "../../contracts/internal.ts"
import { test } from "../../testing/test.ts"
import { LEAVE_UNNOTICED, shopFaults } from "./shop-faults.ts"

const { commands, events } = Checkouts
const items = [{ sku: "tea", quantity: 2 }]

/** A checkout whose delivery is arranged. Only from there on can goods leave. */
const before = [
  events.CheckoutBegun({ customer: "ada", address: "1 Main St", items, amount: 900 }),
  events.ItemReserved({ sku: "tea" }),
  events.StockSecured({ amount: 900 }),
  events.PaymentSecured({ customer: "ada", address: "1 Main St", items }),
] as readonly Message[]

const report = {
  abandon: commands.AbandonCheckout({ reason: "changed my mind" }),
  dispatched: commands.NoteDispatched(),
  delivered: commands.NoteDelivered(),
  notDispatched: commands.NoteNotDispatched(),
  returned: commands.NoteReturned({ reason: "changed my mind" }),
} as const
type Report = keyof typeof report

/**
 * What can be reported of a delivery: it never leaves, arrives, comes back from its way, or comes
 * back after it arrived. A cancelled order calls its goods back, so those that left return.
 */
const DELIVERIES: readonly (readonly Report[])[] = [
  ["notDispatched", "abandon"],
  ["dispatched", "delivered"],
  ["dispatched", "returned"],
  ["dispatched", "returned", "abandon"],
  ["dispatched", "delivered", "returned", "abandon"],
]

/** Every order of these, and each of them repeated at every later place. */
const ordersOf = (reports: readonly Report[]): readonly (readonly Report[])[] => {
  if (reports.length === 0) return [[]]
  const orders = reports.flatMap((first, index) =>
    ordersOf(reports.toSpliced(index, 1)).map((rest) => [first, ...rest])
  )
  return orders
}

const repeated = (order: readonly Report[]): readonly (readonly Report[])[] => [
  order,
  ...order.flatMap((each, index) =>
    order.slice(index).map((_, later) => order.toSpliced(index + later + 1, 0, each))
  ),
]

const actorOf = (app: typeof shop): AnyActor =>
  app.actors.find(({ contract }) => contract === Checkouts)!

/** The events and the state that these reports lead to. */
const ending = (actor: AnyActor, reports: readonly Report[]) => {
  const meta = { id: "o-1", version: 1, commandId: "", correlation: "", now: new Date(0) }
  const given = { ...meta, newId: () => "", random: () => 0 }
  let state: unknown = before.reduce<unknown>(
    (now, event) => actor.evolve(now, event as never),
    CheckoutActor.initial,
  )
  const told: Message[] = []
  for (const each of reports) {
    const decided = actor.decide(state, report[each] as never, given)
    if ("kind" in decided) assert.fail(decided.type)
    for (const event of decided) {
      told.push(event)
      state = actor.evolve(state, event)
    }
  }
  return { told, state }
}

test("goods that leave after all are noted when they return, in any order of reports", () => {
  const [right, wrong] = [shop, shopFaults[LEAVE_UNNOTICED]!(shop)].map(actorOf)
  const different = new Set<string>()
  let tried = 0
  for (const order of DELIVERIES.flatMap(ordersOf).flatMap(repeated)) {
    const [one, other] = [ending(right!, order), ending(wrong!, order)]
    assert.deepEqual(one, other, order.join(", "))
    tried++
    const early = order.slice(0, -1)
    if (ending(right!, early).told.length !== ending(wrong!, early).told.length) {
      different.add(order.join())
    }
  }
  assert.ok(tried > 300, String(tried))
  // On the way there it shows: the fault is planted.
  assert.ok(different.size > 0)
})
