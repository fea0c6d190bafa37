/** The language of orders: the contracts of an order and its checkout, and their queries. */
import { Schema } from "effect"
import { Contract, Query } from "leftfold/contracts"
import { numbers as checkoutNumbers } from "../schemas/proto/orders.checkout.ts"
import { numbers } from "../schemas/proto/orders.order.ts"

/** The id of a customer. */
const CustomerId = Schema.NonEmptyString
/** Money in whole cents. */
const Cents = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** A number of pieces. */
const Quantity = Schema.Int.check(Schema.isGreaterThan(0))

/** Texts and numbers from strangers are limited; what the log already holds is not. */
const text = (longest: number) => Schema.String.check(Schema.isMaxLength(longest))
const Customer = CustomerId.check(Schema.isMaxLength(128))
const LINES = 100

/** The SKU by which products and stock know an item; an id like any other. */
const Sku = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-]{1,128}$/))

/** One line of an order: the item, the quantity, and the price of each in cents. */
export const Line = Schema.Struct({ sku: Sku, quantity: Quantity, price: Cents })

/** A line as a customer orders it. 100 lines come to at most 10^13 cents, which sums up exactly. */
const OrderedLine = Schema.Struct({
  sku: Sku,
  quantity: Quantity.check(Schema.isLessThanOrEqualTo(1_000)),
  price: Cents.check(Schema.isLessThanOrEqualTo(100_000_000)),
})

/** An item that an order needs, and how many of it. */
const Item = Schema.Struct({ sku: Sku, quantity: Quantity })

const Items = Schema.Array(Item)

/** The contract of an order. */
export const Orders = Contract.define("orders.order", {
  commands: {
    PlaceOrder: {
      customer: Customer,
      address: Schema.optionalKey(text(500)),
      lines: Schema.NonEmptyArray(OrderedLine).check(Schema.isMaxLength(LINES)),
    },
    CancelOrder: { reason: text(500) },
  },
  internal: {
    CompleteOrder: {},
    /** Cancels an order that the shop cannot carry out, on behalf of any user. */
    AbandonOrder: { reason: Schema.String },
  },
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
  rejections: { AlreadyPlaced: {}, NotPlaced: {}, NotYours: {}, AlreadyCompleted: {} },
  protobuf: numbers,
})

/**
 * The contract of the checkout of an order, which has the order's id. Only the shop's own policies
 * send these commands; each can arrive more than once.
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
    /** What was already requested and must now be taken back. */
    CheckoutAbandoned: {
      reason: Schema.String,
      reserved: Items,
      payment: Schema.Boolean,
      delivery: Schema.Boolean,
    },
    /** Items that were reserved, kept or returned and are no longer needed. */
    ItemsReleased: { items: Items },
    ItemsReturned: { items: Items },
  },
  protobuf: checkoutNumbers,
})

/** The states of an order. */
export const OrderState = Schema.Literals(["placed", "completed", "cancelled"])

/** A row of the order list. */
export const OrderRow = {
  id: Schema.String,
  customer: Schema.String,
  total: Schema.Int,
  state: OrderState,
}

/** The sales of one day: how many orders were completed, and their value in cents. */
export const SalesRow = { day: Schema.String, orders: Schema.Int, revenue: Schema.Int }

/** The orders that a customer has placed, ordered by id. */
export const OrdersOfCustomer = Query.define("orders.orders-of-customer", {
  params: { customer: CustomerId },
  result: Schema.Array(Schema.Struct(OrderRow)),
})

/** The orders in one state, ordered by id. */
export const OrdersInState = Query.define("orders.orders-in-state", {
  params: { state: OrderState },
  result: Schema.Array(Schema.Struct(OrderRow)),
})

/** Sales from one day to another, such as `2026-11-22`, both included. */
export const Sales = Query.define("orders.sales", {
  params: { from: Schema.String, to: Schema.String },
  result: Schema.Array(Schema.Struct(SalesRow)),
})
