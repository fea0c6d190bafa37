/** The rules of payments. */
import { Rules } from "leftfold/app"
import { readByStaff, services, staff } from "../users/contract.ts"
import { Payments, PaymentTotals } from "./contract.ts"
import { PaymentList } from "./payment-list.ts"

/** The provider confirms payments. Customers see in their orders whether they have paid. */
export const rules = [
  Rules.actor(Payments, { ConfirmPayment: services }, readByStaff),
  Rules.view(PaymentList, staff),
  Rules.query(PaymentTotals, staff, { sameForAll: true }),
]
