/**
 * The program that a mutant is built into: the house on real servers, with two hosts that share
 * every actor, its policies and its views. It asks, waits until all is at rest, and prints what it
 * was told.
 */
import process from "node:process"
import { setTimeout as pause } from "node:timers/promises"
import {
  natsJournal,
  natsParking,
  natsSnapshots,
  natsSubscriptions,
  natsTimers,
  startPolicies,
} from "../../../actors/internal.ts"
import { startHost } from "../../../actors/host/host.ts"
import { provisionStreams } from "../../../app/internal.ts"
import { natsFeed, postgresStore, startProjections } from "../../../projections/internal.ts"
import { mix } from "../../../simulation/chance.ts"
import { Doors } from "../../../simulation/fixtures/house.ts"
import { createClient, natsWire } from "../../../wire/internal.ts"
import { hurriedHouse, IDS } from "./hurried-house.ts"

const { NATS_URL: url = "", DATABASE_URL: database = "", SEED: seed = "1" } = process.env
const { Open, Close, Slam } = Doors.commands

/** How many callers ask, how often, and the pause after each question, in milliseconds. */
const [CALLERS, CALLS, PAUSE_MS] = [6, 25, 15]
/** How long everything has to come to rest, and how long nothing may move, in milliseconds. */
const [REST_MS, STILL_MS, LOOK_MS] = [8_000, 1_400, 100]

const wire = await natsWire({ url, name: "house" })
await provisionStreams(wire, hurriedHouse.contexts)
const { actors, policies, projections } = hurriedHouse
const hosts = [1, 2].map(() => {
  // Each with a connection of its own, as two nodes have that do not know of each other.
  const [journal, snapshots] = [natsJournal(wire), natsSnapshots(wire)]
  return startHost({ actors, wire, journal, snapshots })
})
const client = createClient(wire)
const ports = {
  subscriptions: natsSubscriptions(wire),
  timers: natsTimers(wire),
  parking: natsParking(wire),
}
const running = await startPolicies({ policies, client, ...ports })
const store = postgresStore(database)
const folding = startProjections({ projections, feed: natsFeed(wire), store, wire })

const asked: object[] = []

const ask = async (caller: number, call: number): Promise<void> => {
  const drawn = mix(mix(Number(seed), caller), call)
  const id = IDS[drawn % 2]!
  const command = [Open({ by: "ada" }), Close(), Slam({ times: 2 })][(drawn >>> 3) % 3]!
  const commandId = `call-${caller}-${call}`
  const say = async () => {
    const answer = await client.ask(Doors, id, command, { commandId })
    asked.push({ name: Doors.name, id, command, commandId, answer })
    return answer
  }
  const answer = await say()
  // What is stored is answered as before. What changed nothing would be decided again.
  if (answer.kind === "accepted" && answer.events > 0) await Promise.all([say(), say()])
}

await Promise.all(Array.from({ length: CALLERS }, async (_, caller) => {
  for (let call = 0; call < CALLS; call++) {
    await ask(caller, call)
    await pause(PAUSE_MS)
  }
}))

// Doors that stay open, so that their timers must fire.
for (const id of IDS) {
  const [commandId, command] = [`last-${id}`, Open({ by: "bob" })]
  const answer = await client.ask(Doors, id, command, { commandId })
  asked.push({ name: Doors.name, id, command, commandId, answer })
}

/** What moves while anything goes on: the logs, what policies and views have read, and timers. */
const movement = async (): Promise<string> => {
  const { last } = await natsFeed(wire).stream("house")
  const [lags, timers] = await Promise.all([running.lag(), running.timers()])
  const { lanes } = await store.serving(projections[0]!.name)
  const left = Object.values({ ...lags, ...timers }).some((count) => count > 0)
  return left ? String(Math.random()) : JSON.stringify([last, lanes.map((each) => each.positions)])
}

const end = performance.now() + REST_MS
let [still, since] = ["", performance.now()]
while (performance.now() < end && performance.now() - since < STILL_MS) {
  const now = await movement()
  if (now !== still) [still, since] = [now, performance.now()]
  await pause(LOOK_MS)
}
process.stdout.write(`${JSON.stringify(asked)}\n`)
await Promise.all([...hosts.map((each) => each.stop()), running.stop(), folding.stop()])
await store.close()
await wire.close()
process.exit(0)
