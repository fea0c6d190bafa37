/** What the checkout asks for. */
import { test } from "node:test"
import { ask } from "leftfold/actors"
import { given } from "leftfold/actors/testing"
import { Payments } from "../payments/contract.ts"
import { Checkout } from "./checkout.ts"
import { Orders } from "./contract.ts"

const { OrderPlaced, OrderCancelled } = Orders.events
const { PaymentTaken, PaymentDeclined } = Payments.events
const { CancelOrder } = Orders.commands
const { TakePayment } = Payments.commands

test("a placed order is to be paid in full", () =>
  given(Checkout)
    .when(OrderPlaced({ customer: "ada", lines: [], total: 900 }), { id: "o-1" })
    .thenAsks(ask(Payments, "o-1", TakePayment({ order: "o-1", amount: 900 }))))

test("an order whose payment is declined is to be cancelled, with the reason", () =>
  given(Checkout)
    .when(PaymentDeclined({ order: "o-1", amount: 900, reason: "no money" }), { id: "o-1" })
    .thenAsks(ask(Orders, "o-1", CancelOrder({ reason: "no money" }))))

test("a payment that was taken asks for nothing", () =>
  given(Checkout).when(PaymentTaken({ order: "o-1", amount: 900 })).thenNothing())

test("a cancellation asks for nothing", () =>
  given(Checkout).when(OrderCancelled({ reason: "late" })).thenNothing())
