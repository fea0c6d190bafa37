/** Tests of views that stand still: it is said when messages wait, once, and not while it moves. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { STALLED_MS } from "../limits.ts"
import { Stall } from "./stall.ts"

const noted = () => {
  const clock = { ms: 0 }
  const said: string[] = []
  const stall = new Stall("orders.list", {
    now: () => clock.ms,
    warn: (line) => said.push(line),
    info: (line) => said.push(line),
  })
  return { clock, said, stall }
}

test("a view that has messages before it and folds none stands still, which is said once", () => {
  const { clock, said, stall } = noted()
  stall.note({ orders: 7 }, 3)
  for (clock.ms = 0; clock.ms <= STALLED_MS + 5_000; clock.ms += 1_000) stall.note({ orders: 7 }, 3)
  assert.equal(said.length, 1)
  assert.match(
    said[0]!,
    /orders\.list stands still: 3 messages wait, and nothing was folded for 15 s/,
  )
  assert.match(stall.of({ orders: 7 }, 3)!, /for 21 s/)
  stall.note({ orders: 8 }, 2)
  assert.deepEqual(said.slice(1), ["the projection orders.list goes on"])
  assert.equal(stall.of({ orders: 8 }, 2), undefined)
})

test("a view that moves, however slowly, or has nothing to do, does not stand still", () => {
  const { clock, said, stall } = noted()
  for (let position = 0; position < 10; position++) {
    stall.note({ orders: position }, 100)
    clock.ms += STALLED_MS - 1
  }
  stall.note({ orders: 10 }, 0)
  clock.ms += 10 * STALLED_MS
  stall.note({ orders: 10 }, 0)
  stall.note({ orders: 10 }, 1)
  assert.deepEqual(said, [])
})
