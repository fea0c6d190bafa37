/** A worker of a raw projection as a process of its own, for the test that kills it. */
import process from "node:process"
import { natsWire } from "../contracts/mod.ts"
import { natsFeed, postgresStore, startProjections } from "./mod.ts"
import { aloneIn, inSmallBatches, Putting } from "./raw.suite.ts"

const { WORKER_NATS: natsUrl = "", WORKER_POSTGRES: databaseUrl = "" } = process.env

const wire = await natsWire({ url: natsUrl, name: "worker" })

startProjections({
  projections: [Putting],
  feed: inSmallBatches(natsFeed(wire)),
  store: aloneIn(postgresStore(databaseUrl)),
  wire,
})
process.stdout.write("works\n")
