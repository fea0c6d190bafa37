/** Tests of payments. */
import { given, test } from "leftfold/testing"
import { Payments } from "./contract.ts"
import { Payment } from "./payment.ts"

const { TakePayment, ConfirmPayment, DeclinePayment, RefundPayment, ConfirmRefund } =
  Payments.commands
const { events } = Payments

const [amount, reason] = [900, "no money"]
const asked = events.PaymentRequested({ amount })
const taken = events.PaymentTaken({ amount })
const declined = events.PaymentDeclined({ amount, reason })
const withdrawn = events.PaymentWithdrawn()
const refunding = events.RefundRequested({ amount })
const refunded = events.PaymentRefunded({ amount })

test("a payment is asked for once, and then taken or declined", () => {
  given(Payment).when(TakePayment({ amount })).then(asked)
  given(Payment, asked).when(TakePayment({ amount })).thenNothing()
  given(Payment, asked).when(ConfirmPayment()).then(taken)
  given(Payment, asked).when(DeclinePayment({ reason })).then(declined)
})

test("what was taken stays taken, and what was declined stays declined", () => {
  given(Payment, asked, taken).when(ConfirmPayment()).thenNothing()
  given(Payment, asked, taken).when(DeclinePayment({ reason })).thenNothing()
  given(Payment, asked, declined).when(ConfirmPayment()).thenNothing()
})

test("what was taken is given back, once", () => {
  given(Payment, asked, taken).when(RefundPayment()).then(refunding)
  given(Payment, asked, taken, refunding).when(RefundPayment()).thenNothing()
  given(Payment, asked, taken, refunding).when(ConfirmRefund()).then(refunded)
  given(Payment, asked, taken, refunding, refunded).when(ConfirmRefund()).thenNothing()
})

test("what was not taken is withdrawn, and if it comes after all it is given back", () => {
  given(Payment, asked).when(RefundPayment()).then(withdrawn)
  given(Payment, asked, withdrawn).when(ConfirmPayment()).then(taken, refunding)
  given(Payment, asked, withdrawn).when(DeclinePayment({ reason })).thenNothing()
  given(Payment).when(RefundPayment()).then(withdrawn)
  given(Payment, withdrawn).when(TakePayment({ amount })).thenNothing()
  given(Payment, asked, declined).when(RefundPayment()).thenNothing()
})
