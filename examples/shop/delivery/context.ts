/** The context of delivery: all its parts. */
import type { ContextParts } from "leftfold/app"
import { Carrier } from "./carrier.ts"
import { DeliveryActor } from "./delivery.ts"
import { rules } from "./rules.ts"

/** Deliveries, and a carrier that delivers at once. */
export const delivery = {
  actors: [DeliveryActor],
  policies: [Carrier],
  rules,
} satisfies ContextParts
