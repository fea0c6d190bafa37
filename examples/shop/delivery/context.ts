/** The context of delivery: all that it brings to the shop. */
import type { ContextParts } from "leftfold/app"
import { Carrier } from "./carrier.ts"
import { DeliveryActor } from "./delivery.ts"

/** Deliveries, which a carrier brings at once. */
export const delivery: ContextParts = {
  actors: [DeliveryActor],
  policies: [Carrier],
}
