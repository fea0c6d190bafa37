/** The context of delivery: all its parts. */
import type { ContextParts } from "leftfold/app"
import { Carrier } from "./carrier.ts"
import { DeliveryActor } from "./delivery.ts"

/** Deliveries, and a carrier that delivers at once. */
export const delivery: ContextParts = {
  actors: [DeliveryActor],
  policies: [Carrier],
}
