/** The language of delivery. */
import { Schema } from "effect"
import { Contract } from "leftfold/contracts"
import { numbers } from "../schemas/proto/delivery.delivery.ts"

const where = { customer: Schema.NonEmptyString, address: Schema.String }
const why = { reason: Schema.String }

/** The contract of a delivery. Its id is the id of its order. */
export const Deliveries = Contract.define("delivery.delivery", {
  commands: {
    DispatchDelivery: {},
    CompleteDelivery: {},
    FailDelivery: why,
    ReturnDelivery: {},
  },
  internal: {
    ArrangeDelivery: where,
    CancelDelivery: why,
  },
  events: {
    DeliveryArranged: where,
    DeliveryDispatched: where,
    DeliveryCompleted: {},
    DeliveryFailed: why,
    DeliveryReturned: why,
    DeliveryCancelled: why,
  },
  rejections: { NotArranged: {}, NotDispatched: {}, NotFailed: {} },
  protobuf: numbers,
})
