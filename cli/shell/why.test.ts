/** Tests of why rows are as they are, over random histories of the shop. */
import assert from "node:assert/strict"
import process from "node:process"
import { test } from "../../testing/test.ts"
import { flow, type FlowStep, why } from "../../app/internal.ts"
import {
  type FoldedProjection,
  isRaw,
  memoryFeed,
  memoryStore,
} from "../../projections/internal.ts"
import { encodeCommit, logSubject, MemoryLog, type RecordedEvent } from "../../wire/internal.ts"
import { memoryJournal, memorySnapshots } from "../../actors/internal.ts"
import { CrateList, crates } from "../fixtures/crates.ts"
import { placeOf, type ShopHistory, shopHistory } from "../fixtures/shop-history.ts"

const SEEDS = [1, 2, 3, 4]

let made: Promise<readonly ShopHistory[]> | undefined

const histories = () => made ??= Promise.all(SEEDS.map((seed) => shopHistory(seed, 40)))

const projectionsOf = ({ insight: { app } }: ShopHistory): readonly FoldedProjection[] =>
  app.projections.filter((each): each is FoldedProjection => !isRaw(each))

/** The keys of all rows that a history ever had. */
const keysIn = ({ events }: ShopHistory, projection: FoldedProjection): ReadonlySet<string> => {
  const keys = new Set<string>()
  for (const { event, meta } of events.values()) {
    const isRead = projection.from.some(({ name }) => name === meta.actor)
    const key = isRead && projection.handles(event.type) && projection.keyOf(event, meta)
    if (typeof key === "string") keys.add(key)
  }
  return keys
}

/** The value that these events give, folded by the projection's own handlers; else a text. */
const valueOf = (
  projection: FoldedProjection,
  column: string,
  events: readonly RecordedEvent[],
): unknown => {
  let row: object | undefined
  try {
    for (const { event, meta } of events) row = projection.fold(row, event, meta)
    if (row === undefined) return "no row"
    return { value: (projection.codec.encode(row) as Record<string, unknown>)[column] ?? null }
  } catch {
    return "it fails"
  }
}

test("exactly the events that why names give a value, and each of them is needed", async () => {
  let [cells, several] = [0, 0]
  for (const history of await histories()) {
    for (const projection of projectionsOf(history)) {
      for (const key of keysIn(history, projection)) {
        const { row } = await why(history.insight, { projection, key })
        for (const column of Object.keys(row ?? {})) {
          const found = await why(history.insight, { projection, key, column })
          const { value, causes = [], minimal } = found.column!
          assert.equal(minimal, true)
          const named = causes.map((each) => history.events.get(placeOf(each))!)
          const what = `${projection.name} ${key} ${column}: ${causes.map(placeOf)}`
          assert.deepEqual(valueOf(projection, column, named), { value }, what)
          for (const left of named) {
            const others = named.filter((each) => each !== left)
            assert.notDeepEqual(valueOf(projection, column, others), { value }, what)
          }
          cells++
          if (named.length > 1) several++
        }
      }
    }
  }
  assert.ok(cells > 150 && several > 20, `${cells} cells, ${several} of several events`)
})

test("the row of the past is the fold of the log up to then", async () => {
  const [history] = await histories()
  const projection = projectionsOf(history!).find(({ name }) => name === "orders.order-list")!
  for (const { meta } of history!.events.values()) {
    if (meta.actor !== "orders.order") continue
    const { row } = await why(history!.insight, { projection, key: meta.id, at: meta.position })
    const until = [...history!.events.values()].filter(({ meta: { actor, id, sequence } }) =>
      actor === meta.actor && id === meta.id && sequence <= meta.sequence
    )
    const state = valueOf(projection, "state", until) as { readonly value: unknown }
    assert.deepEqual(row?.state, state.value, meta.position)
  }
})

/** Every command of a flow, with the flow's depth. */
const all = (steps: readonly FlowStep[]): FlowStep[] =>
  steps.flatMap((step) => [step, ...all(step.then)])

test("a flow holds each event of its correlation once; all follow from one command", async () => {
  let policies = 0
  for (const { insight, events } of await histories()) {
    const correlations = new Set([...events.values()].map(({ meta }) => meta.correlation))
    for (const correlation of correlations) {
      const { steps } = await flow(insight, { of: correlation })
      const shown = all(steps).flatMap((step) => step.events.map(placeOf)).sort()
      const stored = [...events].filter(([, { meta }]) => meta.correlation === correlation)
        .map(([place]) => place).sort()
      assert.deepEqual(shown, stored)
      assert.equal(steps.length, 1, "everything follows from one command")
      policies += all(steps).length - 1
    }
  }
  assert.ok(policies > 30, `${policies} commands of policies`)
})

/** An event of a crate's log, as the metadata of its command. */
interface Sent {
  readonly command: string
  readonly causation?: string
  readonly correlation: string
}

/** Insight into crates, each with one commit of these events. */
const insightInto = (commits: readonly (readonly Sent[])[]) => {
  const log = new MemoryLog()
  commits.forEach((sent, at) => {
    const event = { type: "Filled", schema: 1, data: { count: 1 }, time: at + 1 }
    const commit = { base: 0, ancestors: [], events: sent.map((each) => ({ ...event, ...each })) }
    log.append("yard", logSubject("yard.crate", `c${at}`), 0, encodeCommit(commit))
  })
  return {
    ...{ app: crates, store: memoryStore(), feed: memoryFeed(log) },
    ...{ journal: memoryJournal(log), snapshots: memorySnapshots() },
    timers: () => Promise.resolve({ timers: [], count: 0 }),
  }
}

const correlation = "all"
const circular = () =>
  insightInto([
    [{ command: "a", causation: "b", correlation }],
    [{ command: "b", causation: "a", correlation }],
    [{ command: "c", causation: "c", correlation }],
  ])

test("commands that name each other as their causes are shown once, and end", async () => {
  const insight = circular()
  for (const  of of["all", "yard:1", "yard:2", "yard:3", "a"]) {
    const { steps } = await flow(insight, { of })
    const shown = all(steps).map(({ command: { id } }) => id).sort()
    assert.doesNotThrow(() => JSON.stringify(steps))
    assert.ok(new Set(shown).size === shown.length && shown.length > 0, `${of}: ${shown}`)
    if (of === "all" || of === "a") assert.deepEqual(shown, ["a", "b", "c"])
  }
})

test("ids and correlations that name each other end", async () => {
  const insight = insightInto([
    [{ command: "a", correlation: "b" }],
    [{ command: "b", correlation: "a" }],
  ])
  const { correlation, steps } = await flow(insight, { of: "a" })
  assert.deepEqual([correlation, all(steps).map(({ command: { id } }) => id)], ["b", ["a"]])
})

test("what hostile clients have sent costs no more than what it shows", async () => {
  const sizes = 12_000
  const link = (at: number, cause: number) => ({
    command: `c${at}`,
    causation: `c${cause}`,
    correlation,
  })
  const many = Array.from({ length: sizes }, (_, at) => at)
  const logs: readonly (readonly [what: string, readonly (readonly Sent[])[], most: number])[] = [
    ["a chain", many.slice(0, 2_500).map((at) => [link(at, at - 1)]), 2_000],
    ["children", many.slice(0, 2_500).map((at) => [link(at, 0)]), 2_000],
    ["a circle", many.slice(0, 1_000).map((at) => [link(at, (at + 1) % 1_000)]), 1_000],
    ["one command of many events", [many.map(() => ({ command: "c", correlation }))], 1],
    ["one commit of many commands", [many.slice(0, 2_500).map((at) => link(at, at - 1))], 2_000],
  ]
  for (const [what, commits, most] of logs) {
    const insight = insightInto(commits)
    const begun = process.cpuUsage()
    const found = await flow(insight, { of: correlation, scan: true })
    const { user } = process.cpuUsage(begun)
    assert.equal(found.commands, most, what)
    assert.doesNotThrow(() => JSON.stringify(found), what)
    assert.ok(user < 2_000_000, `${what}: ${user / 1_000} ms`)
  }
})

test("a key that no actor has, and a position that is to come, are said to be wrong", async () => {
  const insight = circular()
  for (const key of [">", "*", "a b", "../a"]) {
    assert.equal((await why(insight, { projection: CrateList, key })).events, 0, key)
  }
  for (const key of ["x".repeat(200), ""]) {
    await assert.rejects(why(insight, { projection: CrateList, key }), { _tag: "Invalid" }, key)
  }
  const asked = { projection: CrateList, key: "a" }
  await assert.rejects(why(insight, { ...asked, at: "yard:9" }), /the log ends at 3/)
  await assert.rejects(why(insight, { ...asked, at: "yard" }), { _tag: "Invalid" })
  assert.equal((await why(insight, { ...asked, at: "yard:0" })).events, 0)
})
