/** Tests of the warnings about states that outgrow their snapshots. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { SNAPSHOT_WARNINGS } from "../limits.ts"
import { SnapshotSizes } from "./snapshot-sizes.ts"

test("a state that grows is warned of once before, and once when its snapshot is given up", () => {
  const said: string[] = []
  const sizes = new SnapshotSizes((text) => said.push(text))
  const fit = [10, 80, 81, 95, 100, 101, 500, 90, 200].map((bytes) =>
    sizes.fits("bank.account", "a-1", bytes, 100)
  )
  assert.deepEqual(fit, [true, true, true, true, true, false, false, true, false])
  assert.equal(said.length, 2)
  assert.match(said[0]!, /bank\.account a-1 has 81 bytes, and one message holds at most 100: past/)
  assert.match(said[1]!, /has 101 bytes.*: none is kept, so each time the actor wakes its whole/)
})

test("each actor is warned of, and the memory of it is bounded", () => {
  let said = 0
  const sizes = new SnapshotSizes(() => said++)
  for (let each = 0; each <= SNAPSHOT_WARNINGS.actors; each++) {
    sizes.fits("bank.account", `a-${each}`, 90, 100)
  }
  assert.equal(said, SNAPSHOT_WARNINGS.actors + 1)
  sizes.fits("bank.account", "a-5", 90, 100)
  assert.equal(said, SNAPSHOT_WARNINGS.actors + 1)
  sizes.fits("bank.account", "a-0", 90, 100)
  assert.equal(said, SNAPSHOT_WARNINGS.actors + 2)
})
