/** Runs the simulation; `leftfold simulate` runs many more seeds, and tells the story of one. */
import { test } from "node:test"
import { ticketSimulation } from "./simulation.ts"

test("every answered ticket closes, whatever is late, lost or repeated", () =>
  ticketSimulation.check({ seeds: 300 }))
