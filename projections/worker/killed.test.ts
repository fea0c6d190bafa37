/** Tests that every event counts once in its view while workers and Postgres are killed. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { createAccount } from "../../testing/namespace.ts"
import { ownPostgres } from "../../testing/own-servers.ts"
import { startProgram } from "../../testing/program.ts"
import { Boxes, Emptied, Put, Removed, SharedList } from "../fixtures/boxes.ts"
import { readFrom } from "../log/feed.suite.ts"
import { Killer } from "../fixtures/killer.ts"
import { postgresStore } from "../postgres/store-postgres.ts"
import { startProjections } from "./runner.ts"
import { announcements, vanishingWorker } from "../fixtures/vanishing.ts"
import { announced, sameAsLog } from "../fixtures/working.ts"
import { type Entry, natsWrittenLog, wireOf } from "../fixtures/written-log.ts"

const RUN_MS = 12_000
/** However slow the machine is, the test goes on until this many were killed, of every kind. */
const AT_LEAST = 200
const BATCH = 100

/** Pseudo-random numbers below a bound, the same in every run. */
const numbers = (seed: number) => {
  let state = seed
  return (bound: number) => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0
    return (state >>> 0) % bound
  }
}

const random = numbers(11)

const events = (count: number): Entry[] =>
  Array.from({ length: count }, () => {
    // Rare, because removing a row also removes any mistake in it.
    const kind = random(100)
    const event = kind === 0 ? Removed() : kind < 10 ? Emptied() : Put({ count: random(9) })
    return { contract: Boxes, id: `b-${random(1_000)}`, event }
  })

/** Counts the kills, for a minimum of time and of kills. */
const statistics = () => {
  const until = performance.now() + RUN_MS
  const killed = { processes: 0, workers: 0, connections: 0, backends: 0, servers: 0 }
  const kills = () => Object.values(killed).reduce((sum, count) => sum + count)
  const goesOn = () =>
    performance.now() < until || kills() < AT_LEAST || Object.values(killed).includes(0)
  return { killed, kills, goesOn }
}

type Server = Awaited<ReturnType<typeof ownPostgres>>

/** Kills connections, sometimes the process of one, and rarely all of Postgres. */
const killPostgres = async (round: number, server: Server, killer: Killer) => {
  if (round % 40 === 20) {
    await server.kill()
    await server.restart()
    return ["servers", 1] as const
  }
  if (round % 10 === 0) return ["backends", await killer.killBackend()] as const
  return ["connections", await killer.endConnection()] as const
}

test("however often workers and Postgres are killed, each event counts once", async (t) => {
  const server = await ownPostgres(t, { settings: { fsync: "off" } })
  const natsUrl = await createAccount()
  const wire = await wireOf(t, natsUrl)
  const { feed, write } = await natsWrittenLog(wire, ["boxes"])
  const environment = { WORKER_NATS: natsUrl, WORKER_POSTGRES: server.url }
  const killer = new Killer(server.url)
  t.after(() => killer.close())
  const { killed, kills, goesOn } = statistics()
  let written = 0

  /** Starting a process takes far longer than killing it, so this is one of several workers. */
  const killProcesses = async () => {
    while (goesOn()) {
      const worker = startProgram(t, "projections/fixtures/killed-worker.ts", environment)
      await worker.untilOutput(/works/)
      const ended = worker.exited.then(() => assert.fail(`it has ended: ${worker.output()}`))
      await Promise.race([ended, announcements(wire, 1 + random(40))])
      ended.catch(() => {})
      worker.send("SIGKILL")
      await worker.exited
      killed.processes++
    }
  }

  /** The others vanish within this process: from outside that looks the same, and it is quick. */
  const vanishing = async () => {
    while (goesOn()) {
      const { begun, vanish } = vanishingWorker(SharedList, server.url, feed, wire)
      await begun
      await announcements(wire, 1 + random(40))
      await vanish()
      killed.workers++
    }
  }

  const killingPostgres = async () => {
    for (let round = 1; goesOn(); round++) {
      await announcements(wire, 1 + random(20))
      const [kind, count] = await killPostgres(round, server, killer)
      killed[kind] += count
    }
  }

  const writing = async () => {
    while (goesOn()) {
      await write(events(BATCH))
      written += BATCH
      await announcements(wire, 40)
    }
  }

  await Promise.all([
    killProcesses(),
    vanishing(),
    vanishing(),
    vanishing(),
    killingPostgres(),
    writing(),
  ])
  const store = postgresStore(server.url)
  t.after(() => store.close())
  const done = announced(wire, SharedList, { boxes: written })
  const last = startProjections({ projections: [SharedList], feed, store, wire })
  t.after(() => last.stop())
  await done
  t.diagnostic(`killed: ${JSON.stringify(killed)}, ${written} events`)
  await sameAsLog(store, SharedList, await readFrom(feed, { boxes: 0 }, written))
  assert.ok(kills() >= AT_LEAST)
})
