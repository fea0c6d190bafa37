/** The rules of deliveries. */
import { Rules } from "leftfold/app"
import { readByStaff, services } from "../users/contract.ts"
import { Deliveries } from "./contract.ts"

/** The carrier reports what it does. */
export const rules = [
  Rules.actor(Deliveries, {
    DispatchDelivery: services,
    CompleteDelivery: services,
    FailDelivery: services,
    ReturnDelivery: services,
  }, readByStaff),
]
