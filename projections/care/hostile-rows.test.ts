/** Tests of rows that no index or column can hold: parked, shown, retried and discarded. */
import { memoryStore } from "../store/store-memory.ts"
import { MemoryLog, memoryWire } from "../../wire/internal.ts"
import { postgresStore } from "../postgres/store-postgres.ts"
import type { Store } from "../store/store.ts"
import { reconcile } from "./reconcile.ts"
import { startProjections } from "../worker/runner.ts"
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { Contract, type Message } from "../../contracts/mod.ts"
import { createNamespace } from "../../testing/namespace.ts"
import type { Scope } from "../log/feed.suite.ts"
import { INDEXED_BYTES } from "../limits.ts"
import { type FoldedProjection, Projection } from "../projection.ts"
import { discard, listParked, retry } from "./quarantine.ts"
import { rowOf } from "../fixtures/stored.ts"
import { announced } from "../fixtures/working.ts"
import { type Entry, memoryWrittenLog, natsWrittenLog, wireOf } from "../fixtures/written-log.ts"

const Notes = Contract.define("boxes.note", {
  commands: {},
  events: { Noted: { topic: Schema.String, text: Schema.String, at: Schema.Date } },
})
const { Noted } = Notes.events

const FIT = new Date(0)

/** Text of this many characters that cannot be compressed. */
const random = (length: number): string => {
  let [text, seed] = ["", 7]
  while (text.length < length) {
    seed = Math.imul(seed, 48_271) >>> 0
    text += seed.toString(36)
  }
  return text.slice(0, length)
}

const byTopic = (options: { readonly indexes?: readonly string[] } = {}) =>
  Projection.define("boxes.topics", {
    from: [Notes],
    row: { topic: Schema.String, text: Schema.String, at: Schema.Date, notes: Schema.Int },
    key: { column: "topic", of: (event) => event.data.topic },
    ...options as { indexes?: "text"[] },
    on: { Noted: (row, note) => ({ ...note, notes: (row?.notes ?? 0) + 1 }) },
  })

let ids = 0

const noted = (topic: string, text = "", at = FIT): Entry => ({
  contract: Notes,
  id: `n-${++ids}`,
  event: Noted({ topic, text, at }) as Message<"event">,
})

interface System {
  readonly store: Store
  readonly databaseUrl?: string
  readonly wire: Parameters<typeof announced>[0]
  readonly feed: Parameters<typeof startProjections>[0]["feed"]
  readonly write: (entries: readonly Entry[]) => Promise<void>
}

const inMemory = (): Promise<System> =>
  Promise.resolve({
    wire: memoryWire(),
    store: memoryStore(),
    ...memoryWrittenLog(new MemoryLog()),
  })

const onServers = async (scope: Scope): Promise<System> => {
  const { natsUrl, databaseUrl } = await createNamespace()
  const wire = await wireOf(scope, natsUrl)
  const store = postgresStore(databaseUrl)
  scope.after(() => store.close())
  return { store, wire, databaseUrl, ...await natsWrittenLog(wire, ["boxes"]) }
}

const foldAll = async (
  scope: Scope,
  system: System,
  projection: FoldedProjection,
  entries: readonly Entry[],
) => {
  const done = announced(system.wire, projection, { boxes: entries.length })
  await system.write(entries)
  const running = startProjections({ ...system, projections: [projection] })
  scope.after(() => running.stop())
  await done
  return running
}

const parkedOf = async ({ store }: System, { name }: FoldedProjection) => {
  const [{ events } = assert.fail()] = await listParked(store, name)
  return events
}

const differing = async (system: System, projection: FoldedProjection) => {
  const { databaseUrl = assert.fail(), ...parts } = system
  const found = await reconcile({ ...parts, projection, databaseUrl })
  try {
    const drift = []
    for await (const { key, kind } of found.drift()) drift.push([key.slice(0, 20), kind])
    return drift
  } finally {
    await found.close()
  }
}

for (const [where, open] of [["memory", inMemory], ["real servers", onServers]] as const) {
  test(`a key that is too long is parked and all other rows flow, on ${where}`, async (t) => {
    const system = await open(t)
    const projection = byTopic()
    const keys = [
      random(INDEXED_BYTES + 1),
      "compressible".repeat(1_000),
      random(20_000),
      "ü".repeat(INDEXED_BYTES / 2 + 1),
      random(700_000),
    ]
    const longest = random(INDEXED_BYTES)
    const all = [noted("a"), ...keys.map((key) => noted(key)), noted(longest), noted("b")]
    const running = await foldAll(t, system, projection, [...all, ...keys.map((k) => noted(k))])
    assert.equal((await rowOf(system.store, projection, "a"))?.notes, 1)
    assert.equal((await rowOf(system.store, projection, "b"))?.notes, 1)
    assert.equal((await rowOf(system.store, projection, longest))?.notes, 1)
    const parked = await parkedOf(system, projection)
    assert.deepEqual(new Set(parked.map(({ key }) => key)), new Set(keys))
    assert.equal(parked.length, 2 * keys.length)
    const reasons = parked.flatMap(({ error }) => error === undefined ? [] : [error])
    assert.equal(reasons.length, keys.length)
    for (const reason of reasons) {
      assert.match(reason, /^RefusedRow: the row ".{1,120}" is refused: topic has \d+ bytes/)
      assert.match(reason, /takes no more than 2600: bound these texts by Schema.isMaxLength/)
    }
    const [health] = running.health()
    assert.equal(health?.failure, undefined)
    assert.equal(health?.caughtUp, true)
    const parts = { ...system, projection }
    for (const key of keys) {
      assert.equal((await retry(parts, key)).parked, 2)
      assert.deepEqual(await discard(parts, key, "me"), {
        freed: 1,
        parked: 1,
        error: reasons[0] &&
          (await system.store.parked(await system.store.serving(projection.name), key))[0]?.error,
      })
    }
    if (system.databaseUrl) assert.deepEqual(await differing(system, projection), [])
  })

  test(`a row that does not fit in an index is parked, on ${where}`, async (t) => {
    const system = await open(t)
    const projection = byTopic({ indexes: ["text"] })
    const [small, large] = ["s".repeat(INDEXED_BYTES), "l".repeat(INDEXED_BYTES + 1)]
    const all = [noted("a", "1"), noted("a", large), noted("a", "2"), noted("b", small)]
    await foldAll(t, system, projection, all)
    assert.equal((await rowOf(system.store, projection, "a"))?.text, "1")
    assert.equal((await rowOf(system.store, projection, "b"))?.text, small)
    const parked = await parkedOf(system, projection)
    assert.deepEqual(parked.map(({ key, sequence }) => [key, sequence]), [["a", 2], ["a", 3]])
    assert.match(parked[0]?.error ?? "", /text has 2601 bytes, and an index takes no more/)
    if (system.databaseUrl) assert.deepEqual(await differing(system, projection), [])
  })

  test(`a row with a value that its column cannot hold is parked, on ${where}`, async (t) => {
    const system = await open(t)
    const projection = byTopic()
    const before = new Date(-3e14)
    const odd = "x\u0000y"
    const all = [
      ...[noted("a", "1"), noted("b", "1"), noted("a", "2"), noted("a", "3", before)],
      ...[noted("a", "4"), noted("c", odd), noted(odd, "1"), noted("b", "2")],
      ...[noted("d", "1", before), noted("d", "2"), noted("e", "1")],
    ]
    await foldAll(t, system, projection, all)
    assert.equal((await rowOf(system.store, projection, "a"))?.text, "2")
    assert.equal((await rowOf(system.store, projection, "b"))?.text, "2")
    if (system.databaseUrl) {
      assert.equal((await rowOf(system.store, projection, "c"))?.text, "x\ufffdy")
    }
    assert.equal((await rowOf(system.store, projection, "e"))?.text, "1")
    const parked = await parkedOf(system, projection)
    assert.deepEqual(
      parked.map(({ key, sequence, error }) => `${key} ${sequence} ${!!error}`).sort(),
      [
        "a 4 true",
        "a 5 false",
        "d 10 false",
        "d 9 true",
      ],
    )
    if (system.databaseUrl) assert.deepEqual(await differing(system, projection), [])
  })
}

test("a row that only Postgres refuses is parked from the refused event on", async (t) => {
  const system = await onServers(t)
  const projection = byTopic()
  await foldAll(t, system, projection, [noted("x", "1")])
  const { default: postgres } = await import("postgres")
  const sql = postgres(system.databaseUrl!, { max: 1 })
  await sql`alter table boxes.topics__1 add constraint small check (length(text) < 5)`
  await sql.end()
  const [long, longer] = ["12345", "123456"]
  const all = [
    ...[noted("a", "1"), noted("b", "1"), noted("a", "2"), noted("a", long)],
    ...[noted("a", longer), noted("c", long), noted("b", "2"), noted("c", longer)],
    ...["1", "2", "3", "4", "5", "6", long, long].map((text) => noted("d", text)),
    noted("e", "1"),
  ]
  const done = announced(system.wire, projection, { boxes: all.length + 1 })
  await system.write(all)
  await done
  const texts = ["a", "b", "c", "d", "e"].map(async (key) => {
    const row = await rowOf(system.store, projection, key)
    return row && [row.text, row.notes]
  })
  assert.deepEqual(await Promise.all(texts), [["2", 2], ["2", 2], undefined, ["6", 6], ["1", 1]])
  const parked = await parkedOf(system, projection)
  const sorted = parked.map(({ key, sequence, error }) =>
    `${key} ${sequence} ${error?.slice(0, 30)}`
  )
  assert.deepEqual(sorted.sort(), [
    'a 5 RefusedRow: the row "a" is ref',
    "a 6 undefined",
    'c 7 RefusedRow: the row "c" is ref',
    "c 9 undefined",
    'd 16 RefusedRow: the row "d" is ref',
    "d 17 undefined",
  ])
})

test("a foreign constraint or generated column parks rows and stops no projection", async (t) => {
  const system = await onServers(t)
  const projection = byTopic()
  await foldAll(t, system, projection, [noted("a", "1")])
  const { default: postgres } = await import("postgres")
  const sql = postgres(system.databaseUrl!, { max: 1 })
  await sql`alter table boxes.topics__1
    add column number integer generated always as (text::integer) stored,
    add constraint small check (length(text) < 5)`
  await sql.end()
  const done = announced(system.wire, projection, { boxes: 5 })
  await system.write([noted("a", "two"), noted("b", "12345"), noted("c", "7"), noted("d", "8")])
  await done
  assert.deepEqual((await parkedOf(system, projection)).map(({ key }) => key).sort(), ["a", "b"])
  assert.equal((await rowOf(system.store, projection, "c"))?.text, "7")
})

test("a reconciliation handles keys without a row", async (t) => {
  const system = await onServers(t)
  const projection = Projection.define("boxes.topics", {
    from: [Notes],
    row: { topic: Schema.String, at: Schema.Date },
    key: { column: "topic", of: (event) => event.data.topic },
    on: { Noted: (_, { topic, at }) => topic.length < 10 ? { topic, at } : undefined },
  })
  await foldAll(t, system, projection, [noted("a"), noted(random(30_000)), noted("b")])
  assert.deepEqual(await parkedOf(system, projection), [])
  assert.deepEqual(await differing(system, projection), [])
})

test("a row of the log that Postgres refuses is drift, and the comparison goes on", async (t) => {
  const system = await onServers(t)
  const projection = byTopic()
  await foldAll(t, system, projection, [noted("a"), noted("b", "", new Date(-3e14)), noted("c")])
  const { default: postgres } = await import("postgres")
  const sql = postgres(system.databaseUrl!, { max: 1 })
  await sql`delete from leftfold.parked`
  await sql.end()
  assert.deepEqual(await differing(system, projection), [["b", "failed"]])
})
