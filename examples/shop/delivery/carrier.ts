/**
 * The carrier: picks up arranged deliveries, delivers at once, and returns what it cannot deliver.
 */
import { ask, Policy } from "leftfold/actors"
import { Deliveries } from "./contract.ts"

const { DispatchDelivery, CompleteDelivery, FailDelivery, ReturnDelivery } = Deliveries.commands

const isNowhere = (address: string): boolean => /\bnowhere\b/i.test(address)

/** A carrier that is always available, and fails at any address that contains "nowhere". */
export const Carrier = Policy.define("delivery.carrier", {
  from: [Deliveries],
  on: {
    DeliveryArranged: (_, { id }) => ask(Deliveries, id, DispatchDelivery()),
    DeliveryDispatched: ({ address }, { id }) =>
      isNowhere(address)
        ? ask(Deliveries, id, FailDelivery({ reason: "nobody could be found at the address" }))
        : ask(Deliveries, id, CompleteDelivery()),
    DeliveryFailed: (_, { id }) => ask(Deliveries, id, ReturnDelivery()),
  },
})
