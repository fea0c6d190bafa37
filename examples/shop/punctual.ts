/** The simulation of a shop in which nothing is hours late: what must happen in time. */
import assert from "node:assert/strict"
import { type Simulation, simulation, type World } from "leftfold/simulation"
import { shop } from "./main.ts"
import { Checkouts } from "./orders/contract.ts"
import { Payments } from "./payments/contract.ts"
import { shopSimulation } from "./simulation.ts"

/** A declined payment ends its order at once, and not by the timer of half an hour. */
const declinedInTime = (world: World): void => {
  for (const id of world.ids(Payments)) {
    if (!world.events(Payments, id).some(({ type }) => type === "PaymentDeclined")) continue
    for (const { type, data } of world.events(Checkouts, id)) {
      if (type !== "CheckoutAbandoned") continue
      assert.notEqual(data.reason, "not paid in time", `${id} was declined, and ends for that`)
    }
  }
}

/** The calls of the shop's simulation. Messages are seconds late at most. */
export const punctualShop: Simulation = simulation(shop, {
  ...shopSimulation.scenario,
  faults: { stall: 0 },
  atRest: declinedInTime,
})
