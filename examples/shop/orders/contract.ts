/** The language of orders. */
import { Schema } from "effect"
import { Contract, Query } from "leftfold/contracts"

/** Who orders. */
export const CustomerId = Schema.NonEmptyString
/** Money in whole cents. */
export const Cents = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** One line of an order: how many of what, and the price of each in cents. */
export const Line = Schema.Struct({
  sku: Schema.NonEmptyString,
  quantity: Schema.Int.check(Schema.isGreaterThan(0)),
  price: Cents,
})

/** What can be said of an order. */
export const Orders = Contract.define("orders.order", {
  commands: {
    PlaceOrder: { customer: CustomerId, lines: Schema.NonEmptyArray(Line) },
    CancelOrder: { reason: Schema.String },
  },
  events: {
    OrderPlaced: { customer: CustomerId, lines: Schema.Array(Line), total: Cents },
    OrderCancelled: { reason: Schema.String },
  },
  rejections: { AlreadyPlaced: {}, NotPlaced: {} },
})

/** An order as a list shows it. */
export const OrderRow = {
  id: Schema.String,
  customer: Schema.String,
  total: Schema.Int,
  cancelled: Schema.Boolean,
}

/** The orders that a customer has placed, by their ids. */
export const OrdersOfCustomer = Query.define("orders.orders-of-customer", {
  params: { customer: CustomerId },
  result: Schema.Array(Schema.Struct(OrderRow)),
})
