/** Tests of making failures small, and of the texts that replay them. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schedule } from "../model/schedule.ts"
import { house } from "../fixtures/house.ts"
import { simulation } from "../simulation.ts"
import { optionsOf, selectionOf } from "./selection-text.ts"
import { least } from "./shrink.ts"
import { storyLines } from "./report.ts"

test("the least part of a list that keeps a claim is found", async () => {
  const items = Array.from({ length: 40 }, (_, index) => index)
  for (const wanted of [[], [7], [0, 39], [3, 4, 21]]) {
    let asked = 0
    const found = await least(items, (kept) => {
      asked++
      return Promise.resolve(wanted.every((each) => kept.includes(each)))
    })
    assert.deepEqual(found, wanted)
    assert.ok(asked < 120, `${asked} questions for ${wanted}`)
  }
})

test("a law that fails without any call is told, with no call", async () => {
  const broken = simulation(house, {
    atRest: () => {
      throw new Error("never")
    },
  })
  await assert.rejects(broken.check({ seeds: 1 }), /never[^]*\n0 calls, 0 faults/)
})

test("the options of a selection select the same run", () => {
  const selections = [
    { seed: 17, calls: 12 },
    { seed: 1, calls: 3, keep: new Set([0, 2]), only: new Set([4_294_967_295, 8]) },
    { seed: 1, calls: 3, keep: new Set<number>(), only: new Set<number>() },
    { seed: 1, calls: 3, values: new Set(["2.0", "1x3f.3"]) },
    { seed: 1, calls: 3, values: new Set<string>() },
  ]
  for (const selection of selections) {
    const given = Object.fromEntries(
      [...optionsOf(selection).matchAll(/--(\w+) (\S+)/g)].map(([, name, text]) => [name, text]),
    )
    const { seed, calls, ...lists } = given
    const again = selectionOf({ ...lists, seed: Number(seed), calls: Number(calls) })
    assert.deepEqual(again, selection)
  }
})

test("tasks come in the order of their times, and then in that of planning", () => {
  const schedule = new Schedule(1_000)
  const done: string[] = []
  const plan = (at: number, name: string) => schedule.at(at, () => void done.push(name))
  for (let index = 0; index < 200; index++) plan(1_000 + (index * 37) % 50, `${(index * 37) % 50}`)
  plan(0, "past")
  const times: number[] = []
  for (let task = schedule.next(); task; task = schedule.next()) {
    times.push(schedule.now)
    void task()
  }
  assert.deepEqual(times, times.toSorted((one, other) => one - other))
  assert.equal(done.length, 201)
  assert.equal(done[4], "past", "after the four that were planned for the same time")
})

test("a long story leaves out its middle", () => {
  const lines = Array.from({ length: 100 }, (_, at) => ({ at, who: "a", what: `line ${at}` }))
  const told = storyLines(lines)
  assert.equal(told.length, 61)
  assert.equal(told[0], " +0 ms  a  line 0")
  assert.equal(told[30], "… 40 lines are left out …")
  assert.equal(told.at(-1), "+99 ms  a  line 99")
})
