/** An order in full: what was ordered, and the state of its payment and delivery. */
import { Schema } from "effect"
import { Projection } from "leftfold/projections"
import { Deliveries } from "../delivery/contract.ts"
import { Payments } from "../payments/contract.ts"
import { Line, Orders, OrderState } from "./contract.ts"

const row = {
  id: Schema.String,
  customer: Schema.String,
  address: Schema.String,
  lines: Schema.Array(Line),
  total: Schema.Int,
  state: OrderState,
  /** Why it was cancelled; absent otherwise. */
  reason: Schema.optionalKey(Schema.String),
  payment: Schema.Literals(["none", "asked", "taken", "declined", "withdrawn", "refunded"]),
  delivery: Schema.Literals([
    ...["none", "arranged", "dispatched", "delivered"] as const,
    ...["cancelled", "failed", "returned"] as const,
  ]),
}

type Detail = Schema.Struct.Type<typeof row>

/** Three contexts meet in this row, and any of them can be first. */
const unseen = (id: string): Detail => ({
  ...{ id, customer: "", address: "", lines: [], total: 0 },
  ...{ state: "placed", payment: "none", delivery: "none" },
})

const payment =
  (payment: Detail["payment"]) =>
  (detail: Detail | undefined, _: unknown, { id }: { readonly id: string }): Detail => ({
    ...(detail ?? unseen(id)),
    payment,
  })

const delivery =
  (delivery: Detail["delivery"]) =>
  (detail: Detail | undefined, _: unknown, { id }: { readonly id: string }): Detail => ({
    ...(detail ?? unseen(id)),
    delivery,
  })

/** One row per order; payments and deliveries have the id of their order. */
export const OrderDetail = Projection.define("orders.order-detail", {
  from: [Orders, Payments, Deliveries],
  row,
  key: "id",
  on: {
    OrderPlaced: (detail, { customer, address = "", lines, total }, { id }) => ({
      ...(detail ?? unseen(id)),
      ...{ customer, address, lines, total },
    }),
    OrderCancelled: (detail, { reason }, { id }) => ({
      ...(detail ?? unseen(id)),
      state: "cancelled",
      reason,
    }),
    OrderCompleted: (detail, _, { id }) => ({ ...(detail ?? unseen(id)), state: "completed" }),
    PaymentRequested: payment("asked"),
    PaymentTaken: payment("taken"),
    PaymentDeclined: payment("declined"),
    PaymentWithdrawn: payment("withdrawn"),
    PaymentRefunded: payment("refunded"),
    DeliveryArranged: delivery("arranged"),
    DeliveryDispatched: delivery("dispatched"),
    DeliveryCompleted: delivery("delivered"),
    DeliveryCancelled: delivery("cancelled"),
    DeliveryFailed: delivery("failed"),
    DeliveryReturned: delivery("returned"),
  },
})
