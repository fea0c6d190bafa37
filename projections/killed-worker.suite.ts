/** A worker as a process of its own, for the test that kills it. */
import process from "node:process"
import { natsWire } from "../contracts/mod.ts"
import { SharedList } from "./boxes.suite.ts"
import { type Feed, natsFeed, postgresStore, startProjections } from "./mod.ts"

const { WORKER_NATS: natsUrl = "", WORKER_POSTGRES: databaseUrl = "" } = process.env

const wire = await natsWire({ url: natsUrl, name: "worker" })
const whole = natsFeed(wire)

/** In small batches, so that there is much to be killed in the middle of. */
const feed: Feed = {
  ...whole,
  open: async (after) => {
    const cursor = await whole.open(after)
    return { ...cursor, next: (most) => cursor.next(Math.min(most, 20)) }
  },
}

startProjections({
  projections: [SharedList],
  feed,
  store: postgresStore(databaseUrl),
  wire,
})
process.stdout.write("works\n")
