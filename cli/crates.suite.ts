/** A small application for the tests of the command line: crates, and a view that is picky. */
import process from "node:process"
import { Schema } from "effect"
import { Actor } from "../actors/mod.ts"
import { App } from "../app/mod.ts"
import { Contract } from "../contracts/mod.ts"
import { Projection } from "../projections/mod.ts"

/** Crates into which things are put. */
export const Crates = Contract.define("yard.crate", {
  commands: { Fill: { count: Schema.Int } },
  events: { Filled: { count: Schema.Int } },
})

/** The event of a crate. */
export const { Filled } = Crates.events

const Crate = Actor.define(Crates, {
  initial: 0,
  decide: { Fill: (_, { count }) => Filled({ count }) },
  evolve: { Filled: (sum, { count }) => sum + count },
})

/** What the handler does not take, until its program is corrected. */
export const UNLUCKY = 13

const isCorrected = process.env.CRATES_CORRECTED === "yes"

/** One row per crate. */
export const CrateList = Projection.define("yard.crate-list", {
  from: [Crates],
  row: { id: Schema.String, sum: Schema.Int, times: Schema.Int },
  key: "id",
  on: {
    Filled: (row, { count }, { id }) => {
      if (count === UNLUCKY && !isCorrected) throw new Error("thirteen is unlucky")
      return { id, sum: (row?.sum ?? 0) + count, times: (row?.times ?? 0) + 1 }
    },
  },
})

/** The application. */
export const crates = App.define("crates", { actors: [Crate], projections: [CrateList] })
