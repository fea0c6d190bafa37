/** Tests of lanes: however their number changes, each slice continues where it was. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import fc from "fast-check"
import { SLICES } from "../../wire/internal.ts"
import { hasFolded, type Lane, leastOf, newLanes, repartition, stillAhead } from "./lane.ts"

const laneOf = (lanes: readonly Lane[], slice: number): Lane =>
  lanes.find(({ from, to }) => slice >= from && slice < to)!

const slices = Array.from({ length: SLICES }, (_, slice) => slice)

/** For each slice, which of the first messages of two contexts it has folded. */
const foldedBy = (lanes: readonly Lane[]) =>
  slices.map((slice) =>
    ["a", "b"].flatMap((context) =>
      [1, 2, 3, 4, 5, 6].filter((sequence) =>
        hasFolded(laneOf(lanes, slice), slice, context, sequence)
      ).map((sequence) => `${context}${sequence}`)
    ).join(" ")
  )

/** Lanes that have moved on, each by its own steps. */
const moved = (lanes: readonly Lane[], steps: readonly number[]): Lane[] =>
  lanes.map((lane, index) => {
    const step = steps[index % steps.length] ?? 0
    const a = Math.max(lane.positions.a ?? 0, step % 7)
    const b = Math.max(lane.positions.b ?? 0, step % 5)
    const positions = { a, b }
    const revision = lane.revision + step
    return { ...lane, positions, revision, ahead: stillAhead(lane.ahead, positions) }
  })

const count = fc.integer({ min: 1, max: 40 })
const steps = fc.array(fc.nat(40), { minLength: 1, maxLength: 10 })

test("every slice is in exactly one lane, and all lanes have some", () => {
  for (let number = 1; number <= SLICES; number++) {
    const lanes = newLanes(number)
    assert.equal(lanes.length, number)
    assert.equal(lanes[0]?.from, 0)
    assert.equal(lanes.at(-1)?.to, SLICES)
    for (const [index, { from, to }] of lanes.entries()) {
      assert.ok(to > from)
      if (index > 0) assert.equal(from, lanes[index - 1]?.to)
    }
  }
})

test("however often lanes are dealt out anew, no slice loses or repeats an event", () => {
  fc.assert(
    fc.property(count, fc.array(fc.tuple(steps, count)), (first, rounds) => {
      let lanes = newLanes(first)
      for (const [by, next] of rounds) {
        const before = moved(lanes, by)
        lanes = repartition(before, next)
        assert.equal(lanes.length, next)
        assert.deepEqual(foldedBy(lanes), foldedBy(before))
        const highest = Math.max(...before.map(({ revision }) => revision))
        assert.ok(lanes.every(({ revision }) => revision > highest))
      }
    }),
    { numRuns: 40 },
  )
})

test("what is ahead is gone once the lane has passed it", () => {
  const [low, high] = newLanes(2)
  const positions = { a: 9 }
  const [one] = repartition([{ ...low!, positions: { a: 3 } }, { ...high!, positions }], 1)
  assert.deepEqual(one?.positions, { a: 3 })
  assert.deepEqual(one?.ahead, [{ from: 128, to: 256, positions }])
  assert.deepEqual(stillAhead(one!.ahead, { a: 8 }), one?.ahead)
  assert.deepEqual(stillAhead(one!.ahead, { a: 9 }), [])
})

test("the least of positions counts a context that one has not begun as its beginning", () => {
  assert.deepEqual(leastOf([{ a: 3, b: 4 }, { a: 5 }]), { a: 3, b: 0 })
  assert.deepEqual(leastOf([]), {})
})
