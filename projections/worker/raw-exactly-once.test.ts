/** Tests that every event counts once in a raw projection, whatever happens to its workers. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { createAccount, createNamespace } from "../../testing/namespace.ts"
import { ownPostgres } from "../../testing/own-servers.ts"
import { startProgram } from "../../testing/program.ts"
import type { Store } from "../store/store.ts"
import { aloneIn, eachOnce, onBatch, opened, puts, Putting, putting } from "../fixtures/raw.ts"
import { announced } from "../fixtures/working.ts"
import { until } from "../../testing/until.ts"

test("two runners that know nothing of each other write each event once", async (t) => {
  const { wire, store, sql, start, write } = await opened(t, await createNamespace())
  let overtaken = 0
  const alone: Store = {
    ...aloneIn(store),
    saveRaw: async (...given) => {
      const saved = await store.saveRaw(...given)
      if (!saved) overtaken++
      return saved
    },
  }
  const done = announced(wire, Putting, { boxes: 240 })
  const runners = [start(Putting, alone), start(Putting, alone)]
  for (let from = 0; from < 240; from += 20) await write(puts(from, 20))
  await done
  for (const { health } of runners) assert.equal(health()[0]?.failure, undefined)
  await Promise.all(runners.map(({ stop }) => stop()))
  assert.ok(overtaken > 0)
  await eachOnce(sql, 240)
})

test("connections that are ended within batches lose and repeat nothing", async (t) => {
  const { wire, sql, start, write } = await opened(t, await createNamespace())
  let batches = 0
  let ended = 0
  const killed = putting({
    onBatch: async (events, tools) => {
      await onBatch(events, tools)
      if (++batches % 3 !== 0 || ended >= 6) return
      const [self] = await tools.sql<{ pid: number }>`select pg_backend_pid() as pid`
      await sql`select pg_terminate_backend(${self!.pid})`
      ended++
    },
  })
  const done = announced(wire, Putting, { boxes: 240 })
  const running = start(killed)
  for (let from = 0; from < 240; from += 20) await write(puts(from, 20))
  await done
  await running.stop()
  assert.equal(ended, 6)
  await eachOnce(sql, 240)
})

test("a worker that hangs within a batch is replaced", async (t) => {
  const { wire, sql, start, store, write } = await opened(t, await createNamespace())
  let hung = () => {}
  const hanging = new Promise<void>((resolve) => hung = resolve)
  let release = () => {}
  const released = new Promise<void>((resolve) => release = resolve)
  const stuck = putting({
    onBatch: async (events, tools) => {
      await onBatch(events, tools)
      hung()
      await released
    },
  })
  await write(puts(0, 5))
  const hangs = start(stuck)
  await hanging
  const done = announced(wire, Putting, { boxes: 5 })
  start(Putting, aloneIn(store))
  await done
  release()
  await hangs.stop()
  await eachOnce(sql, 5)
})

/** Makes the checkpoint slow: if the batch were not in its transaction, there would be a gap. */
const SLOWLY = `
  create function slowly() returns trigger language plpgsql
    as 'begin perform pg_sleep(0.05); return new; end';
  create trigger slowly before update on leftfold.lane for each row execute function slowly()`

test("workers and Postgres that are killed at any moment lose and repeat nothing", async (t) => {
  const server = await ownPostgres(t, { settings: { fsync: "off" } })
  const natsUrl = await createAccount()
  const servers = { natsUrl, databaseUrl: server.url }
  const { wire, store, sql, start, write } = await opened(t, servers)
  await store.claim(Putting)
  await sql.unsafe(SLOWLY)
  let count = 0
  const more = async () => {
    await write(puts(count, 10))
    count += 10
  }
  const state = async () => {
    const [found] = await sql`
      select (select revision from leftfold.lane),
        (select count(*)::integer from boxes.putting__seen) as seen,
        exists (select from pg_stat_activity where wait_event = 'PgSleep') as writing`
    const { revision, seen, writing } = found!
    return { seen, writing, written: `${revision} ${seen}` }
  }
  const written = async () => {
    const before = await state()
    await more()
    await until(async () => (await state()).written !== before.written)
  }
  const writing = async () => {
    for (let now = await state(); !now.writing; now = await state()) {
      // Only when nothing is left to fold, because it may take a while until it resumes.
      if (now.seen === count) await more()
    }
  }
  for (const moment of [written, writing, written]) {
    const worker = startProgram(t, "projections/fixtures/raw-worker.ts", {
      WORKER_NATS: natsUrl,
      WORKER_POSTGRES: server.url,
    })
    await worker.untilOutput(/works/)
    await moment()
    worker.send("SIGKILL")
    await worker.exited
  }
  const last = start(Putting)
  let ended = 0
  for (const moment of [written, writing, written, writing, written, writing]) {
    await moment()
    const connections = await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid()`
    ended += connections.length
  }
  for (const moment of [written, writing]) {
    await moment()
    await server.kill()
    await server.restart()
  }
  assert.ok(ended >= 3)
  await sql`drop trigger slowly on leftfold.lane`
  const done = announced(wire, Putting, { boxes: count + 10 })
  await more()
  await done
  await last.stop()
  await eachOnce(sql, count)
})
