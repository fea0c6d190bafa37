/** Tests of the shop as a whole, under many orders of things. */
import { test } from "leftfold/testing"
import { shopSimulation } from "./simulation.ts"

test("in the shop nothing is lost, doubled or left lying, whatever happens", async () => {
  await shopSimulation.check({ seeds: 600 })
})
