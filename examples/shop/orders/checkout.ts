/**
 * The checkout of an order. It knows how stock, payments and delivery stand, and decides what comes
 * next or must be taken back. Policies carry its decisions to the other contexts.
 */
import { Actor } from "leftfold/actors"
import { Checkouts } from "./contract.ts"

const {
  CheckoutBegun,
  ItemReserved,
  StockSecured,
  PaymentSecured,
  GoodsDispatched,
  CheckoutCompleted,
  CheckoutAbandoned,
  ItemsReleased,
  ItemsReturned,
} = Checkouts.events

interface Item {
  readonly sku: string
  readonly quantity: number
}

/** The state of a checkout. */
export interface Checkout {
  readonly stage:
    | "none"
    | "reserving"
    | "paying"
    | "delivering"
    | "dispatched"
    | "completed"
    | "abandoned"
  readonly customer: string
  readonly address: string
  readonly items: readonly Item[]
  readonly amount: number
  /** The items that are known to be reserved. */
  readonly reserved: readonly string[]
  /** Whether its goods were sent, and whether they are back in stock. */
  readonly sent: boolean
  readonly undone: boolean
}

const initial: Checkout = {
  ...{ stage: "none", customer: "", address: "", items: [], amount: 0 },
  ...{ reserved: [], sent: false, undone: false },
}

/** Merges the lines of each SKU into one item. */
const merged = (items: readonly Item[]): Item[] => {
  const bySku = new Map<string, number>()
  for (const { sku, quantity } of items) bySku.set(sku, (bySku.get(sku) ?? 0) + quantity)
  return [...bySku].map(([sku, quantity]) => ({ sku, quantity }))
}

const isReserved = ({ reserved }: Checkout) => ({ sku }: Item) => reserved.includes(sku)

/** Abandons the order. Goods that a carrier may have are not in stock yet, so it waits for them. */
const abandon = (checkout: Checkout, reason: string) => {
  const delivery = ["delivering", "dispatched", "completed"].includes(checkout.stage)
  return CheckoutAbandoned({
    reason,
    reserved: delivery ? [] : checkout.items.filter(isReserved(checkout)),
    payment: delivery || checkout.stage === "paying",
    delivery,
  })
}

/** The actor of a checkout. */
export const CheckoutActor = Actor.define(Checkouts, {
  initial,
  decide: {
    BeginCheckout({ stage }, { items, ...rest }) {
      if (stage !== "none") return []
      return CheckoutBegun({ ...rest, items: merged(items) })
    },
    NoteReserved(checkout, { sku }) {
      const { stage, items, reserved, amount } = checkout
      const item = items.find((each) => each.sku === sku)
      if (!item || reserved.includes(sku)) return []
      if (stage === "abandoned") return [ItemReserved({ sku }), ItemsReleased({ items: [item] })]
      if (reserved.length + 1 < items.length) return ItemReserved({ sku })
      return [ItemReserved({ sku }), StockSecured({ amount })]
    },
    NoteShort(checkout, { sku }) {
      if (checkout.stage !== "reserving") return []
      return abandon(checkout, `there is not enough ${sku} in stock`)
    },
    NotePaid({ stage, customer, address, items }) {
      if (stage !== "paying") return []
      return PaymentSecured({ customer, address, items })
    },
    NoteDeclined(checkout, { reason }) {
      if (checkout.stage !== "paying") return []
      return abandon(checkout, reason)
    },
    NoteDispatched({ stage, items, sent }) {
      if (sent || stage === "none" || stage === "completed") return []
      return GoodsDispatched({ items })
    },
    NoteDelivered({ stage, items }) {
      // After a crash of the policy's process, this report can come before that of the dispatch.
      if (stage === "delivering") return [GoodsDispatched({ items }), CheckoutCompleted()]
      return stage === "dispatched" ? CheckoutCompleted() : []
    },
    NoteNotDispatched({ stage, items, undone }) {
      if (stage !== "abandoned" || undone) return []
      return ItemsReleased({ items })
    },
    NoteReturned(checkout, { reason }) {
      const { stage, items, sent, undone } = checkout
      if (undone || ["none", "reserving", "paying", "completed"].includes(stage)) return []
      return [
        // This report can overtake that of the dispatch, too.
        ...(sent ? [] : [GoodsDispatched({ items })]),
        ...(stage === "abandoned" ? [] : [abandon(checkout, reason)]),
        ItemsReturned({ items }),
      ]
    },
    ExpirePayment(checkout) {
      if (checkout.stage !== "paying") return []
      return abandon(checkout, "not paid in time")
    },
    AbandonCheckout(checkout, { reason }) {
      // Also a completed checkout: its order may have been cancelled just before it heard of that.
      // And one that has not begun: that an order was cancelled can overtake that it was placed.
      return checkout.stage === "abandoned" ? [] : abandon(checkout, reason)
    },
  },
  evolve: {
    CheckoutBegun: (checkout, begun) => ({ ...checkout, ...begun, stage: "reserving" }),
    ItemReserved: (checkout, { sku }) => ({ ...checkout, reserved: [...checkout.reserved, sku] }),
    StockSecured: (checkout) => ({ ...checkout, stage: "paying" }),
    PaymentSecured: (checkout) => ({ ...checkout, stage: "delivering" }),
    GoodsDispatched: (checkout) => ({
      ...checkout,
      stage: checkout.stage === "abandoned" ? "abandoned" : "dispatched",
      sent: true,
    }),
    CheckoutCompleted: (checkout) => ({ ...checkout, stage: "completed" }),
    CheckoutAbandoned: (checkout) => ({ ...checkout, stage: "abandoned" }),
    ItemsReleased: (checkout) => ({ ...checkout, undone: true }),
    ItemsReturned: (checkout) => ({ ...checkout, undone: true }),
  },
})
