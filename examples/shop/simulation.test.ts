/** Tests of the shop as a whole, under many orders of things. */
import { test } from "leftfold/testing"
import { punctualShop } from "./punctual.ts"
import { shopSimulation } from "./simulation.ts"

test("in the shop nothing is lost, doubled or left lying, whatever happens", async () => {
  await shopSimulation.check({ seeds: 600 })
})

test("where nothing is hours late, what was declined does not wait for its timer", async () => {
  await punctualShop.check({ seeds: 100 })
})
