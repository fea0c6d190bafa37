/** The language of orders: what is said to an order and to its checkout, and what is asked. */
import { Schema } from "effect"
import { Contract, Query } from "leftfold/contracts"

/** Who orders. */
const CustomerId = Schema.NonEmptyString
/** Money in whole cents. */
const Cents = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** How many. */
const Quantity = Schema.Int.check(Schema.isGreaterThan(0))

/** Texts and numbers that strangers send have an end; what the log already holds has none. */
const text = (longest: number) => Schema.String.check(Schema.isMaxLength(longest))
const Customer = CustomerId.check(Schema.isMaxLength(128))
const LINES = 100

/** What products and stock call an item: an id as any other. */
const Sku = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-]{1,128}$/))

/** One line of an order: how many of what, and the price of each in cents. */
export const Line = Schema.Struct({ sku: Sku, quantity: Quantity, price: Cents })

/** A line as it may be ordered: 100 of them come to 10^13 cents at most, which sums up exactly. */
const OrderedLine = Schema.Struct({
  sku: Sku,
  quantity: Quantity.check(Schema.isLessThanOrEqualTo(1_000)),
  price: Cents.check(Schema.isLessThanOrEqualTo(100_000_000)),
})

/** How many of what must be there for an order. */
const Item = Schema.Struct({ sku: Sku, quantity: Quantity })

const Items = Schema.Array(Item)

/** What can be said of an order. */
export const Orders = Contract.define("orders.order", {
  commands: {
    PlaceOrder: {
      customer: Customer,
      address: Schema.optionalKey(text(500)),
      lines: Schema.NonEmptyArray(OrderedLine).check(Schema.isMaxLength(LINES)),
    },
    CancelOrder: { reason: text(500) },
  },
  internal: { CompleteOrder: {} },
  events: {
    OrderPlaced: {
      customer: CustomerId,
      address: Schema.optionalKey(Schema.String),
      lines: Schema.Array(Line),
      total: Cents,
    },
    OrderCancelled: { customer: CustomerId, reason: Schema.String },
    OrderCompleted: { customer: CustomerId, total: Cents },
  },
  rejections: { AlreadyPlaced: {}, NotPlaced: {}, AlreadyCompleted: {} },
})

/**
 * What can be said of the checkout of an order, which has the order's id. Only the shop itself says
 * it: what has happened, each once or more often.
 */
export const Checkouts = Contract.define("orders.checkout", {
  commands: {},
  internal: {
    BeginCheckout: {
      customer: CustomerId,
      address: Schema.String,
      items: Items,
      amount: Cents,
    },
    NoteReserved: { sku: Sku },
    NoteShort: { sku: Sku },
    NotePaid: {},
    NoteDeclined: { reason: Schema.String },
    NoteDispatched: {},
    NoteDelivered: {},
    NoteNotDispatched: {},
    NoteReturned: { reason: Schema.String },
    ExpirePayment: {},
    AbandonCheckout: { reason: Schema.String },
  },
  events: {
    CheckoutBegun: {
      customer: CustomerId,
      address: Schema.String,
      items: Items,
      amount: Cents,
    },
    ItemReserved: { sku: Sku },
    StockSecured: { amount: Cents },
    PaymentSecured: { customer: CustomerId, address: Schema.String, items: Items },
    GoodsDispatched: { items: Items },
    CheckoutCompleted: {},
    /** What had been asked for by then, and so has to be taken back. */
    CheckoutAbandoned: {
      reason: Schema.String,
      reserved: Items,
      payment: Schema.Boolean,
      delivery: Schema.Boolean,
    },
    /** Reserved, kept or returned when nobody wants it any more. */
    ItemsReleased: { items: Items },
    ItemsReturned: { items: Items },
  },
})

/** What becomes of an order. */
export const OrderState = Schema.Literals(["placed", "completed", "cancelled"])

/** An order as a list shows it. */
export const OrderRow = {
  id: Schema.String,
  customer: Schema.String,
  total: Schema.Int,
  state: OrderState,
}

/** A day's sales: how many orders were completed, and their value in cents. */
export const SalesRow = { day: Schema.String, orders: Schema.Int, revenue: Schema.Int }

/** The orders that a customer has placed, by their ids. */
export const OrdersOfCustomer = Query.define("orders.orders-of-customer", {
  params: { customer: CustomerId },
  result: Schema.Array(Schema.Struct(OrderRow)),
})

/** The orders in one state, by their ids. */
export const OrdersInState = Query.define("orders.orders-in-state", {
  params: { state: OrderState },
  result: Schema.Array(Schema.Struct(OrderRow)),
})

/** Sales from one day to another, such as `2026-11-22`, both included. */
export const Sales = Query.define("orders.sales", {
  params: { from: Schema.String, to: Schema.String },
  result: Schema.Array(Schema.Struct(SalesRow)),
})
