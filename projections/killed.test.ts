/** Every event counts once in its view, though workers and Postgres are killed all the time. */
import assert from "node:assert/strict"
import process from "node:process"
import { test } from "node:test"
import postgres from "postgres"
import { createNamespace } from "../scripts/testing/namespace.ts"
import { ownPostgres } from "../scripts/testing/own-servers.ts"
import { startProgram } from "../scripts/testing/program.ts"
import { Boxes, BoxList, Emptied, Put, Removed } from "./boxes.suite.ts"
import { readFrom } from "./feed.suite.ts"
import { postgresStore, startProjections } from "./mod.ts"
import { announcements, vanishingWorker } from "./vanishing.suite.ts"
import { announced, sameAsLog } from "./working.suite.ts"
import { type Entry, natsWrittenLog, wireOf } from "./written-log.suite.ts"

const RUN_MS = 30_000
const BATCH = 100

const Shared = { ...BoxList, lanes: 16 }

/** Numbers below a bound that look random and are the same at every run. */
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
    const kind = random(10)
    const event = kind === 0 ? Removed() : kind === 1 ? Emptied() : Put({ count: random(9) })
    return { contract: Boxes, id: `b-${random(150)}`, event }
  })

test("however often workers and Postgres are killed, each event counts once", async (t) => {
  const server = await ownPostgres(t, { settings: { fsync: "off" } })
  const { natsUrl } = await createNamespace()
  const wire = await wireOf(t, natsUrl)
  const { feed, write } = await natsWrittenLog(wire, ["boxes"])
  const environment = { WORKER_NATS: natsUrl, WORKER_POSTGRES: server.url }
  const until = performance.now() + RUN_MS
  const goesOn = () => performance.now() < until
  const killed = { workers: 0, vanished: 0, backends: 0, servers: 0 }
  let written = 0

  /** Starting a process takes far longer than killing it: this is one of two workers. */
  const killWorkers = async () => {
    while (goesOn()) {
      const worker = startProgram(t, "projections/killed-worker.suite.ts", environment)
      await worker.untilOutput(/works/)
      await announcements(wire, 1 + random(80))
      worker.send("SIGKILL")
      await worker.exited
      killed.workers++
    }
  }

  /** The other one vanishes within this process, which from outside is the same and is quick. */
  const vanish = async () => {
    while (goesOn()) {
      const vanishes = vanishingWorker(Shared, server.url, feed, wire)
      await announcements(wire, 1 + random(60))
      vanishes()
      killed.vanished++
    }
  }

  const killPostgres = async () => {
    while (goesOn()) {
      for (let times = 0; times < 8 && goesOn(); times++) {
        await announcements(wire, 5 + random(60))
        if (await killBackend(server.url)) killed.backends++
      }
      await server.kill()
      await server.restart()
      killed.servers++
    }
  }

  const writing = async () => {
    while (goesOn()) {
      await write(events(BATCH))
      written += BATCH
      await announcements(wire, 40)
    }
  }

  await Promise.all([killWorkers(), vanish(), killPostgres(), writing()])
  const store = postgresStore(server.url)
  t.after(() => store.close())
  const done = announced(wire, Shared, { boxes: written })
  const last = startProjections({ projections: [Shared], feed, store, wire })
  t.after(() => last.stop())
  await done
  t.diagnostic(`${JSON.stringify(killed)}, ${written} events`)
  await sameAsLog(store, BoxList, await readFrom(feed, { boxes: 0 }, written))
  assert.ok(killed.workers > 2 && killed.vanished > 50 && killed.backends + killed.servers > 5)
})

/** Kills the process of a connection that writes, upon which Postgres ends all and recovers. */
const killBackend = async (url: string): Promise<boolean> => {
  const sql = postgres(url, { max: 1, onnotice: () => {}, connect_timeout: 2 })
  try {
    const [found] = await sql<{ pid: number }[]>`
      select pid from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid()
      order by state = 'active' desc, random() limit 1`
    if (!found) return false
    process.kill(found.pid, "SIGKILL")
    return true
  } catch {
    // It is not back from the last time.
    return false
  } finally {
    await sql.end({ timeout: 0 })
  }
}
