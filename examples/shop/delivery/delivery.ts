/** A delivery: arranged, dispatched, and then completed, or failed and returned. */
import { Actor } from "leftfold/actors"
import { Deliveries } from "./contract.ts"

const {
  DeliveryArranged,
  DeliveryDispatched,
  DeliveryCompleted,
  DeliveryFailed,
  DeliveryReturned,
  DeliveryCancelled,
} = Deliveries.events
const { NotArranged, NotDispatched, NotFailed } = Deliveries.rejections

/** The state of a delivery. */
export interface Delivery {
  readonly state:
    | "none"
    | "arranged"
    | "dispatched"
    | "completed"
    | "failed"
    | "returned"
    | "cancelled"
  readonly customer: string
  readonly address: string
  /** Why it failed or was cancelled. */
  readonly reason: string
}

const initial: Delivery = { state: "none", customer: "", address: "", reason: "" }

/** The actor of a delivery. */
export const DeliveryActor = Actor.define(Deliveries, {
  initial,
  decide: {
    ArrangeDelivery: ({ state }, where) => state === "none" ? DeliveryArranged(where) : [],
    DispatchDelivery({ state, customer, address }) {
      if (state === "none" || state === "cancelled") return NotArranged()
      return state === "arranged" ? DeliveryDispatched({ customer, address }) : []
    },
    CompleteDelivery({ state }) {
      if (state === "completed") return []
      return state === "dispatched" ? DeliveryCompleted() : NotDispatched()
    },
    FailDelivery({ state }, { reason }) {
      if (state === "failed") return []
      return state === "dispatched" ? DeliveryFailed({ reason }) : NotDispatched()
    },
    ReturnDelivery({ state, reason }) {
      if (state === "returned") return []
      return state === "failed" ? DeliveryReturned({ reason }) : NotFailed()
    },
    CancelDelivery({ state }, { reason }) {
      if (state === "none" || state === "arranged") return DeliveryCancelled({ reason })
      // Goods that are on their way, or have arrived, are sent back.
      return state === "dispatched" || state === "completed" ? DeliveryFailed({ reason }) : []
    },
  },
  evolve: {
    DeliveryArranged: (delivery, where) => ({ ...delivery, ...where, state: "arranged" }),
    DeliveryDispatched: (delivery) => ({ ...delivery, state: "dispatched" }),
    DeliveryCompleted: (delivery) => ({ ...delivery, state: "completed" }),
    DeliveryFailed: (delivery, { reason }) => ({ ...delivery, reason, state: "failed" }),
    DeliveryReturned: (delivery) => ({ ...delivery, state: "returned" }),
    DeliveryCancelled: (delivery, { reason }) => ({ ...delivery, reason, state: "cancelled" }),
  },
})
