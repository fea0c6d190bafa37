/** What holds of a payment. */
import { test } from "node:test"
import { given } from "leftfold/actors/testing"
import { Payments } from "./contract.ts"
import { LARGEST_PAYMENT, Payment } from "./payment.ts"

const { TakePayment } = Payments.commands
const { PaymentTaken, PaymentDeclined } = Payments.events
const take = (amount: number) => TakePayment({ order: "o-1", amount })
const taken = PaymentTaken({ order: "o-1", amount: 900 })
const reason = "the amount is above the limit"

test("a payment is taken", () => given(Payment).when(take(900)).then(taken))

test("the largest payment is taken", () =>
  given(Payment)
    .when(take(LARGEST_PAYMENT))
    .then(PaymentTaken({ order: "o-1", amount: LARGEST_PAYMENT })))

test("a payment above the limit is declined", () =>
  given(Payment)
    .when(take(LARGEST_PAYMENT + 1))
    .then(PaymentDeclined({ order: "o-1", amount: LARGEST_PAYMENT + 1, reason })))

test("a payment is taken only once", () => given(Payment, taken).when(take(900)).thenNothing())

test("a declined payment stays declined", () =>
  given(Payment, PaymentDeclined({ order: "o-1", amount: 9, reason })).when(take(9)).thenNothing())
