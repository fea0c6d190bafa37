/** Generations of a raw projection: its tables are made, rebuilt, switched and dropped. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { Boxes } from "../fixtures/boxes.ts"
import { Projection } from "../projection.ts"
import { eachOnce, opened, puts, Putting, putting, sumOf } from "../fixtures/raw.ts"
import { announced } from "../fixtures/working.ts"
import { until } from "../../testing/until.ts"

/** The sum alone: another version, with one table less. */
const Summed = Projection.raw(Putting.name, {
  from: [Boxes],
  tables: ["sum"],
  make: (table) => `create table ${table("sum")} (count bigint not null)`,
  onBatch: async (events, { sql, table }) => {
    const counts = events.map(({ event }) => event.type === "Put" ? event.data.count : 0)
    const added = counts.reduce((one, other) => one + other, 0)
    const changed = await sql`update ${table("sum")} set count = count + ${added} returning 1`
    if (changed.length === 0) await sql`insert into ${table("sum")} values (${added})`
  },
})

test("it is built anew beside what serves, switched, rolled back to and dropped", async (t) => {
  const { wire, store, sql, start, write } = await opened(t, await createNamespace())
  const states = async () =>
    (await store.statuses([Putting.name])).map(({ number, state }) => `${number} ${state}`)
  await write(puts(0, 50))
  const first = announced(wire, Putting, { boxes: 50 }, "serving")
  const old = start(Putting)
  await first
  await store.rebuild(Putting)
  await until(async () => (await states()).join() === "1 previous,2 serving")
  await eachOnce(sql, 50)
  assert.equal(await store.count(await store.serving(Putting.name)), 51)

  const second = announced(wire, Summed, { boxes: 50 }, "serving")
  const now = start(Summed)
  await second
  await old.stop()
  assert.deepEqual(await states(), ["1 previous", "2 previous", "3 serving"])
  assert.deepEqual([...await sql`select * from boxes.putting__sum`], [{ count: sumOf(50) }])
  const [gone] = await sql`select to_regclass('boxes.putting__seen') as name`
  assert.equal(gone?.name, null)
  await now.stop()

  await store.rollback(Putting.name)
  await eachOnce(sql, 50)
  await store.drop(Putting.name)
  assert.deepEqual(await states(), ["2 serving"])
  const tables = await sql`
    select tablename from pg_tables where schemaname = 'boxes' order by tablename`
  assert.deepEqual(
    tables.map(({ tablename }) => tablename),
    ["putting__seen__2", "putting__sum__2"],
  )
})

test("tables that cannot be made are said, with what to do, and nothing is kept", async (t) => {
  const { store, start } = await opened(t, await createNamespace())
  const half = putting({ make: (table) => `create table ${table("seen")} (id text)` })
  await assert.rejects(store.claim(half), {
    name: "TypeError",
    message: /boxes\.putting: "make" has made no table "sum": .* table\("sum"\) .* "tables"/,
  })
  const wrong = putting({ make: (table) => `create tabel ${table("seen")} (id text)` })
  const said = /boxes\.putting: the SQL of "make" failed for generation 1: .*"tabel".* Correct it/
  await assert.rejects(store.claim(wrong), { name: "TypeError", message: said })
  assert.deepEqual(await store.statuses([Putting.name]), [])
  const running = start(wrong)
  await until(() => running.health()[0]?.failure !== undefined)
  assert.match(running.health()[0]!.failure!, said)
})

test("an index of a fixed name is in the way of a rebuild, and it is said why", async (t) => {
  const { store } = await opened(t, await createNamespace())
  const named = putting({
    make: (table) => `
      create table ${table("sum")} (id integer primary key, count bigint not null);
      create table ${table("seen")} (sequence bigint not null, batch integer not null);
      create index by_batch on ${table("seen")} (batch)`,
  })
  await store.claim(named)
  await assert.rejects(
    store.rebuild(named),
    /failed for generation 2: relation "by_batch" already exists\. .* an index needs none/,
  )
  assert.equal((await store.statuses([named.name])).length, 1)
})
