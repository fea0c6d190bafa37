/** Tests of locks: what they hold, that they only grow, and what is noticed against them. */
import assert from "node:assert/strict"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Schema } from "effect"
import { Actor, Policy } from "../../actors/internal.ts"
import { Contract } from "../../contracts/internal.ts"
import { Projection } from "../../projections/internal.ts"
import { test } from "../../testing/test.ts"
import type { AppDefinition } from "../app.ts"
import { App } from "../mod.ts"
import { checkSchemas } from "./check.ts"
import { type LockFolder, NOTHING_LOCKED, readLocks, writeLocks } from "./folder.ts"
import { lockApp } from "./lock-app.ts"
import { persist, revive, typeSchema } from "./persisted.ts"

const { String: Text, Int } = Schema

interface Release {
  readonly fields?: Schema.Struct.Fields
  readonly upcast?: (old: Record<string, unknown>) => Record<string, unknown>
  readonly left?: (left: number, amount: number) => number
  readonly version?: number
  readonly shown?: (amount: number) => number
  readonly viewVersion?: number
  readonly policies?: readonly string[]
}

const release = (
  {
    fields = { amount: Int },
    upcast,
    left = (before, amount) => before + amount,
    version = 1,
    shown = (amount) => amount,
    viewVersion = 1,
    policies = ["lab.mailer"],
  }: Release = {},
): AppDefinition => {
  const contract = Contract.define("lab.purse", {
    commands: { Add: { amount: Int } },
    events: { Added: fields as { amount: typeof Int } },
    ...(upcast ? { upcasts: { Added: [upcast] } } : {}),
  })
  const actor = Actor.define(contract, {
    initial: 0,
    state: Schema.Number,
    version,
    decide: { Add: (_left, { amount }) => contract.events.Added({ amount }) },
    evolve: { Added: (before, { amount }) => left(before, amount) },
  })
  const view = Projection.define("lab.purses", {
    from: [contract],
    row: { id: Text, amount: Schema.Number },
    key: "id",
    version: viewVersion,
    on: { Added: (_row, { amount }, { id }) => ({ id, amount: shown(amount) }) },
  })
  const named = policies.map((text) => {
    const [name = "", was] = text.split(" was ")
    return Policy.define(name, { from: [contract], on: {}, ...(was ? { was } : {}) })
  })
  return App.define("lab", { actors: [actor], projections: [view], policies: named })
}

const locked = (app: AppDefinition, before: LockFolder = NOTHING_LOCKED, ...retire: string[]) =>
  lockApp(app, before, new Set(retire))

const broken = (app: AppDefinition, locks: LockFolder) =>
  checkSchemas(app, locks, { values: 100 }).findings
    .filter(({ severity }) => severity === "breaks")
    .map(({ subject, message, advice }) => `${subject}: ${message}. ${advice}`)

test("a lock holds a revivable schema, a JSON Schema and twenty golden values", () => {
  const { locks, added } = locked(release())
  assert.deepEqual(added, ["lab.purse Added v1", "lab.purse Add", "the policy lab.mailer"])
  const [shape] = locks.contracts.get("lab.purse")!.events.Added!.versions[0]!.shapes
  assert.ok(shape?.schema !== undefined)
  assert.equal(shape.golden.length, 20)
  assert.deepEqual((shape.json as { required?: unknown }).required, ["amount"])
  const revived = Schema.decodeUnknownSync(revive(shape.schema))
  assert.deepEqual(revived({ amount: 1 }), { amount: 1 })
  assert.throws(() => revived({ amount: 1.5 }))
  assert.deepEqual(locked(release(), locks).added, [])
  assert.deepEqual(locked(release(), locks).locks, locks)
})

test("a lock comes back from its folder as it was, and a change by hand is refused", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "leftfold-lock-"))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, "locks")
  assert.equal((await readLocks(path)).contracts.size, 0)
  const { locks } = locked(release())
  await writeLocks(path, locks)
  assert.deepEqual(
    await readLocks(path),
    JSON.parse(
      JSON.stringify(locks),
      (key, value) => key === "contracts" ? locks.contracts : value,
    ),
  )
  const file = join(path, "lab.purse.json")
  const text = await readFile(file, "utf8")
  await writeFile(file, text.replace('"amount"', '"sum"'))
  await assert.rejects(readLocks(path), /lab\.purse\.json: Added, version 1, was changed by hand/)
  await writeFile(file, "{")
  await assert.rejects(readLocks(path), /is not JSON/)
})

test("what a merge leaves in a folder of locks is refused, and nothing is forgotten", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "leftfold-lock-"))
  t.after(() => rm(folder, { recursive: true }))
  const { locks } = locked(release())
  await writeLocks(folder, locks)
  const text = await readFile(join(folder, "lab.purse.json"), "utf8")
  const policies = '{ "leftfold": 1, "policies": ["lab.mailer"] }'
  const changed: readonly (readonly [file: string, text: string, why: RegExp])[] = [
    // Both sides of a conflict: parsers forget the first of two members with one name.
    ["lab.purse.json", text.replace('"commands"', '"events": {}, "commands"'), /there twice/],
    ["lab.purse.json", text.replace('"events"', '<<<<<<< HEAD\n  "events"'), /is not JSON/],
    ["lab.purse.json", text.replace('"Added"', '"Added": { "versions": [] }, "Other"'), /restore/],
    [
      "lab.purse.json",
      text.replace('"Added"', '"Added": { "versions": [{ "shapes": [] }] }, "Other"'),
      /not a lock file/,
    ],
    ["lab.purse.json", text.replace('"lab.purse"', '"../../lab.purse"'), /another name/],
    ["lab.purse copy.json", text, /is a lock of "lab\.purse".*remove the copy/],
    ["policies.json", policies.replace("]", '], "policies": []'), /there twice/],
    ["policies.json", "null", /not a lock file/],
    ["policies.json", '{ "leftfold": 1, "policies": {} }', /not a lock file/],
    ["behaviour.json", '{ "leftfold": 1 }', /not a lock file/],
    ["behaviour.json", '{ "machines": { "lab.purse": { "stamp": "1" } } }', /not a lock file/],
  ]
  for (const [file, damaged, why] of changed) {
    const path = join(folder, file)
    const before = await readFile(path, "utf8").catch(() => undefined)
    await writeFile(path, damaged)
    await assert.rejects(readLocks(folder), why, damaged)
    if (before === undefined) await rm(path)
    else await writeFile(path, before)
  }
  assert.equal((await readLocks(folder)).contracts.size, 1)
})

test("a compatible change is added to its version, a new version to its event", () => {
  const first = locked(release()).locks
  const fields = { amount: Int, note: Schema.optionalKey(Text) }
  const wider = release({ fields })
  assert.deepEqual(broken(wider, first), [])
  const second = locked(wider, first)
  assert.deepEqual(second.added, ["lab.purse Added v1, changed compatibly"])
  const third = locked(
    release({ fields: { cents: Int, amount: Int }, upcast: (old) => ({ ...old, cents: 0 }) }),
    second.locks,
  )
  assert.deepEqual(third.added, ["lab.purse Added v2"])
  const { versions } = third.locks.contracts.get("lab.purse")!.events.Added!
  assert.deepEqual(versions.map(({ shapes }) => shapes.length), [2, 1])
  // What was allowed once is tried for good: both shapes of version 1.
  const narrow = {
    cents: Int,
    amount: Int,
    note: Schema.optionalKey(Text.check(Schema.isMaxLength(1))),
  }
  const [only, ...others] = broken(
    release({ fields: narrow, upcast: (old) => ({ ...old, cents: 0 }) }),
    third.locks,
  )
  assert.match(only ?? "", /Added v1: .*note/)
  assert.deepEqual(others, [])
})

test("an upcast that was released cannot be altered, nor depend on anything else", () => {
  const fields = { cents: Int, amount: Int }
  const upcast = (old: Record<string, unknown>) => ({ ...old, cents: 1 })
  const { locks } = locked(release({ fields, upcast }), locked(release()).locks)
  assert.deepEqual(broken(release({ fields, upcast }), locks), [])
  const other = release({ fields, upcast: (old) => ({ ...old, cents: 2 }) })
  assert.match(broken(other, locks)[0] ?? "", /Added v1: its upcast gives another result for/)
  let calls = 0
  const moving = release({ fields, upcast: (old) => ({ ...old, cents: calls++ }) })
  assert.match(broken(moving, locks)[0] ?? "", /another result each time it is called/)
  assert.match(broken(release(), locks)[0] ?? "", /2 versions were released, and .* knows 1/)
})

test("an evolve or a fold that gives another result needs another version", () => {
  const { locks } = locked(release())
  const doubled = { left: (left: number, amount: number) => left + 2 * amount }
  const [evolve, ...rest] = broken(release(doubled), locks)
  assert.match(evolve ?? "", /another result.*count up `version` of the actor lab\.purse/)
  assert.deepEqual(rest, [])
  assert.deepEqual(broken(release({ ...doubled, version: 2 }), locks), [])
  const negative = { shown: (amount: number) => -amount }
  const [fold] = broken(release(negative), locks)
  assert.match(
    fold ?? "",
    /fold of lab\.purses: .*count up `version` of the projection lab\.purses/,
  )
  assert.deepEqual(broken(release({ ...negative, viewVersion: 2 }), locks), [])
  // With another version, the new results are the ones to keep.
  const next = locked(release({ ...doubled, version: 2 }), locks).locks
  assert.equal(broken(release({ version: 2 }), next).length, 1)
})

test("a fold that fails for what it took before breaks, whatever its version", () => {
  const { locks } = locked(release())
  const failing = {
    version: 2,
    left: (_left: number, amount: number) => {
      if (amount < 0) throw new Error("below nothing")
      return 0
    },
  }
  const [failure] = broken(release(failing), locks)
  assert.match(failure ?? "", /it fails for the golden value lab\.purse Added@1#\d+.*below nothing/)
  // What has always failed is no news.
  assert.deepEqual(
    broken(release({ left: failing.left }), locked(release({ left: failing.left })).locks),
    [],
  )
})

test("a policy or a command that is gone is missed until it is retired", () => {
  const { locks } = locked(release())
  const gone = release({ policies: [] })
  assert.match(
    broken(gone, locks)[0] ?? "",
    /lab\.mailer: this policy was released.*was: "lab\.mailer"/,
  )
  assert.match(broken(release({ policies: ["lab.writer"] }), locks)[0] ?? "", /lab\.mailer/)
  assert.deepEqual(broken(release({ policies: ["lab.writer was lab.mailer"] }), locks), [])
  const retired = locked(gone, locks, "lab.mailer")
  assert.deepEqual(retired.added, ["the policy lab.mailer: retired"])
  assert.deepEqual(broken(gone, retired.locks), [])
})

test("an event that is in no log is forgotten once it is retired, unless it comes back", () => {
  const of = (events: Record<string, Record<string, typeof Text | typeof Int>>, upcasts = {}) => {
    const contract = Contract.define("lab.bell", { commands: {}, events, upcasts })
    const evolve = Object.fromEntries(Object.keys(events).map((type) => [type, () => 0]))
    return App.define("lab", {
      actors: [Actor.define(contract, { initial: 0, decide: {}, evolve })],
    })
  }
  const { locks } = locked(of({ Rung: {}, Oiled: { by: Text } }))
  const without = of({ Rung: {} })
  assert.match(broken(without, locks)[0] ?? "", /Oiled: .* --retire lab\.bell\.Oiled/)
  // As long as the contract can read it, it is not retired.
  const still = of({ Rung: {} }, { Oiled: [{ becomes: "nothing" }] })
  assert.deepEqual(locked(still, locks, "lab.bell.Oiled").added, [])
  const retired = locked(without, locks, "lab.bell.Oiled")
  assert.deepEqual(retired.added, ["lab.bell Oiled: retired"])
  assert.deepEqual(broken(without, retired.locks), [])
  assert.match(broken(of({ Rung: {}, Oiled: { by: Int } }), retired.locks)[0] ?? "", /Oiled v1/)
})

test("what exists only as code is named, and its golden values still guard it", () => {
  const even = Int.check(Schema.makeFilter((value: number) => value % 2 === 0))
  const nested = Schema.Struct({ list: Schema.Array(even) })
  const told = persist(typeSchema(Schema.Struct({ inner: nested }) as never))
  assert.ok("why" in told)
  assert.match(told.why, /a check or a type at inner\.list exists only as code/)
  const { locks, unpersisted } = locked(release({ fields: { amount: even } }))
  assert.match(unpersisted.join(), /lab\.purse Added v1: .* at amount exists only as code/)
  const [text] = broken(release({ fields: { amount: Text } }), locks)
  assert.match(text ?? "", /Added v1: .*amount/)
  assert.deepEqual(broken(release({ fields: { amount: even } }), locks), [])
})

test("recursive, tagged and wrapped types come back from their descriptions", () => {
  interface Tree {
    readonly name: string
    readonly kids: readonly Tree[]
  }
  const Tree: Schema.Codec<Tree> = Schema.Struct({
    name: Text,
    kids: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree)),
  }).annotate({ identifier: "Tree" })
  const fields = {
    ...{ tree: Tree, at: Schema.Date, worth: Schema.BigInt, bytes: Schema.Uint8Array },
    ...{
      map: Schema.Record(Text, Int),
      maybe: Schema.Option(Text),
      pair: Schema.Tuple([Text, Int]),
    },
    ...{ some: Schema.NonEmptyArray(Int), none: Schema.NullOr(Text), link: Schema.URL },
    either: Schema.Union([
      Schema.Struct({ _tag: Schema.tag("A"), x: Int }),
      Schema.Struct({ _tag: Schema.tag("B"), y: Text.check(Schema.isPattern(/^[a-z]+$/)) }),
    ]),
  }
  for (const [name, field] of Object.entries(fields)) {
    const schema = typeSchema(Schema.Struct({ [name]: field }) as never)
    const told = persist(schema)
    assert.ok("schema" in told, `${name}: ${"why" in told ? told.why : ""}`)
    const again = persist(revive(JSON.parse(JSON.stringify(told.schema))))
    assert.deepEqual(again, told, name)
  }
})
