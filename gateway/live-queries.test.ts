/** When a live query is asked, how often, and what those who watch it are told. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { setImmediate } from "node:timers/promises"
import {
  type Client,
  createClient,
  encode,
  memoryWire,
  progressSubject,
  type QueryOptions,
} from "../wire/internal.ts"
import { Internal, isFailure, NotFound, StaleView, Unavailable } from "../contracts/internal.ts"
import { LiveQueries } from "./live-queries.ts"
import type { Pace } from "./live-query.ts"
import type { Question, Shown } from "./live-answer.ts"
import { until } from "../testing/until.ts"

const VIEW = "desk.list"
const byKey = (key: string): Question => ({ name: VIEW, params: { key }, key, reads: [VIEW] })
const custom: Question = { name: "desk.all", params: {}, key: undefined, reads: [VIEW] }
const first: Shown = { kind: "result", data: "0", position: "desk:1" }

const announced = {
  ...{ generation: 1, version: "v", state: "serving", positions: {} },
  ...{ lane: 0, lanes: 1, revision: 1 },
}

/** Live queries before a read side that answers what it is told to, and notes what it is asked. */
const opened = (pace: Partial<Pace> = {}) => {
  const wire = memoryWire()
  const asked: { readonly at: number; readonly after: string | undefined }[] = []
  const side = {
    answer: (): { result: unknown; position: string } => ({ result: 1, position: "desk:1" }),
  }
  const client: Client = {
    ...createClient(wire),
    queryPlain: async (_name, _params, { after }: QueryOptions = {}) => {
      asked.push({ at: performance.now(), after })
      await setImmediate()
      return side.answer()
    },
  }
  const live = new LiveQueries({ client, wire, most: 2, pace: { restMs: 1, ...pace } })
  const announce = (fields: object) =>
    wire.publish(
      progressSubject(VIEW),
      encode("json", { ...announced, ...fields }),
    )
  /** Watches, and notes what is told. */
  const watch = (question: Question, seen = first) => {
    const told: Shown[] = []
    let ended = false
    const watcher = {
      shown: (shown: Shown) => void told.push(shown),
      ended: (last: Shown) => {
        told.push(last)
        ended = true
      },
    }
    const { close } = live.watch(question, watcher, seen)
    const count = async (least: number) => {
      await until(() => told.length >= least)
      return told
    }
    return { told, count, close, ended: () => ended }
  }
  return { wire, asked, side, live, announce, watch }
}

test("a question is asked when it is first watched, and when something has changed", async () => {
  const { watch, announce, asked, side } = opened()
  const all = watch(custom)
  assert.deepEqual(await all.count(1), [{ kind: "result", data: "1", position: "desk:1" }])
  side.answer = () => ({ result: 2, position: "desk:2" })
  announce({ keys: ["a"] })
  assert.equal((await all.count(2))[1]?.data, "2")
  announce({ keys: [] })
  announce({ many: true })
  await all.count(3)
  assert.equal(asked.length, 3)
  assert.deepEqual(asked.map(({ after }) => after), ["desk:1", "desk:1", "desk:2"])
  all.close()
})

test("a row is asked for when its key changed, or nobody says which have", async () => {
  const { watch, announce, asked } = opened()
  const row = watch(byKey("a"))
  await row.count(1)
  announce({ keys: ["b", "c"] })
  announce({ keys: ["a"], generation: 1, state: "building" })
  announce({ keys: ["b", "a"] })
  await row.count(2)
  announce({ keys: [] })
  announce({ many: true })
  await row.count(3)
  announce({ revision: 7, positions: { desk: 9 } })
  await row.count(4)
  assert.equal(asked.length, 4)
  row.close()
})

test("when another generation serves, every question is asked again", async () => {
  const { watch, announce } = opened()
  const row = watch(byKey("a"))
  await row.count(1)
  announce({ keys: ["a"] })
  await row.count(2)
  announce({ keys: [], generation: 2 })
  await row.count(3)
  row.close()
})

test("many who watch the same question have it asked once for all", async () => {
  const { watch, announce, asked, live } = opened()
  const all = Array.from({ length: 50 }, () => watch(byKey("a")))
  await Promise.all(all.map(({ count }) => count(1)))
  announce({ keys: ["a"] })
  await Promise.all(all.map(({ count }) => count(2)))
  assert.ok(asked.length <= 3, String(asked.length))
  assert.equal(live.questions, 1)
  for (const { close } of all) close()
  assert.equal(live.questions, 0)
})

test("between two times that a question is asked it rests, and no change is missed", async () => {
  const { watch, announce, asked, side } = opened({ restMs: 50 })
  const all = watch(custom)
  let changes = 0
  side.answer = () => ({ result: changes, position: "desk:1" })
  const begun = performance.now()
  while (performance.now() - begun < 300) {
    changes++
    announce({ keys: ["a"] })
    await setImmediate()
  }
  await until(() => all.told.at(-1)?.data === String(changes))
  const gaps = asked.slice(1).map(({ at }, index) => at - (asked[index]?.at ?? 0))
  assert.ok(gaps.every((gap) => gap > 45), gaps.join(" "))
  assert.ok(asked.length <= 8 && changes > 20, `${asked.length} of ${changes}`)
  all.close()
})

test("what changes while a question is asked has it asked again", async () => {
  const { watch, announce, side } = opened()
  const all = watch(custom)
  side.answer = () => {
    side.answer = () => ({ result: "new", position: "desk:2" })
    announce({ keys: ["a"] })
    return { result: "old", position: "desk:1" }
  }
  await all.count(2)
  assert.deepEqual(all.told.map(({ data }) => data), ['"old"', '"new"'])
  all.close()
})

test("nobody is told of what is older than what somebody has seen", async () => {
  const { watch, asked } = opened()
  const one = watch(custom, { ...first, position: "desk:5,other:1" })
  await one.count(1)
  const other = watch(custom, { ...first, position: "desk:3,other:4" })
  await other.count(1)
  assert.deepEqual(asked.map(({ after }) => after), ["desk:5,other:1", "desk:5,other:4"])
  one.close()
  other.close()
})

test("a lost announcement and a lost connection are made up for", async () => {
  const lost = opened({ lookMs: 20 })
  const all = lost.watch(custom)
  await all.count(3)
  all.close()
  const cut = opened()
  const row = cut.watch(byKey("a"))
  await row.count(1)
  cut.wire.interrupt()
  cut.wire.resume()
  await row.count(2)
  row.close()
})

test("an outage is told, and it goes on when that is over", async () => {
  const { watch, side, asked } = opened({ outageRestMs: 20 })
  side.answer = () => {
    throw new Unavailable({ message: "the store is away" })
  }
  const all = watch(custom)
  await all.count(2)
  assert.equal(JSON.parse(all.told[0]?.data ?? "").title, "Unavailable")
  assert.ok(asked[1]!.at - asked[0]!.at > 15)
  side.answer = () => ({ result: "back", position: "desk:1" })
  await until(() => all.told.at(-1)?.kind === "result")
  assert.equal(all.ended(), false)
  all.close()
})

test("views that were set back are shown as they are, once it was said that they are", async () => {
  const { watch, side, asked } = opened({ outageRestMs: 1 })
  side.answer = () => {
    if (asked.at(-1)?.after === undefined) return { result: "old", position: "desk:2" }
    throw new StaleView({ message: "not there", asked: "desk:9", at: "desk:2" })
  }
  const all = watch(custom, { ...first, position: "desk:9" })
  await all.count(2)
  assert.deepEqual(all.told.map(({ kind }) => kind), ["problem", "result"])
  all.close()
})

test("what was announced is waited for a little, and then shown as far as it is", async () => {
  const { watch, side, asked, announce } = opened()
  const all = watch(custom)
  await all.count(1)
  side.answer = () => ({ result: 2, position: "desk:7" })
  announce({ keys: ["a"], positions: { desk: 7, other: 3 } })
  await all.count(2)
  side.answer = () => {
    if (asked.at(-1)?.after === "desk:7") return { result: 3, position: "desk:7" }
    throw new StaleView({ message: "a lane is behind", asked: "desk:9", at: "desk:7" })
  }
  announce({ keys: ["a"], positions: { desk: 9 } })
  await all.count(3)
  assert.deepEqual(asked.map(({ after }) => after), [
    "desk:1",
    "desk:7,other:3",
    "desk:9",
    "desk:7",
  ])
  assert.deepEqual(all.told.map(({ kind, data }) => [kind, data]), [
    ["result", "1"],
    ["result", "2"],
    ["result", "3"],
  ])
  all.close()
})

test("after a failure that would only be repeated it is asked again seldom", async (t) => {
  const { watch, side, announce, asked, live } = opened({ lookMs: 100 })
  side.answer = () => {
    throw new Internal({ message: "a bug", reference: "r" })
  }
  const all = watch(custom)
  t.after(() => all.close())
  assert.equal(JSON.parse((await all.count(1))[0]?.data ?? "").title, "Internal")
  announce({ keys: ["a"] })
  side.answer = () => ({ result: 7, position: "desk:7" })
  assert.equal((await all.count(2))[1]?.data, "7")
  const [first, second] = asked
  // A timer counts from the beginning of its turn of the event loop, which can be a little earlier.
  assert.ok(second!.at - first!.at >= 90, String(second!.at - first!.at))
  assert.deepEqual([all.ended(), live.questions], [false, 1])
})

test("a row that goes is told as gone, with where it went if that is known", async () => {
  const { watch, side, announce } = opened()
  const row = watch(byKey("a"))
  await row.count(1)
  side.answer = () => {
    throw new NotFound({ message: "no row", at: "desk:4" })
  }
  announce({ keys: ["a"] })
  assert.deepEqual((await row.count(2))[1], { kind: "gone", data: "null", position: "desk:4" })
  row.close()
  const all = watch(custom)
  assert.equal((await all.count(1))[0]?.kind, "problem")
  all.close()
})

test("no more streams are admitted than there may be, and a place is given back once", () => {
  const { live } = opened()
  const places = [live.admit(), live.admit()]
  const overloaded = (error: unknown) => isFailure(error) && error._tag === "Overloaded"
  assert.throws(() => live.admit(), overloaded)
  for (let time = 0; time < 3; time++) places[0]!.close()
  live.admit()
  assert.throws(() => live.admit(), overloaded)
})

test("once they are closed all have ended, and nobody is admitted", async () => {
  const { live, watch } = opened()
  const all = watch(custom)
  await all.count(1)
  live.close()
  assert.equal(all.ended(), true)
  assert.throws(() => live.admit(), isFailure)
  assert.equal(watch(custom).ended(), true)
})
