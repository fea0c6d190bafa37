/** How the row is found that a batch is refused for. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { leastRefused } from "./refused-row.ts"

test("the first row that is refused is found in few attempts", async () => {
  for (const all of [1, 2, 3, 100, 2_000]) {
    for (const bad of new Set([1, 2, Math.ceil(all / 2), all - 1, all])) {
      if (bad < 1 || bad > all) continue
      let attempts = 0
      const refusal = await leastRefused(all, (count) => {
        attempts++
        return Promise.resolve(count >= bad ? `refused at ${count}` : undefined)
      })
      assert.deepEqual(refusal, { count: bad, error: `refused at ${bad}` })
      assert.ok(attempts <= Math.log2(all) + 2, `${attempts} of ${all}`)
    }
  }
})

test("rows that are not refused again have no culprit", async () => {
  assert.equal(await leastRefused(10, () => Promise.resolve(undefined)), undefined)
  assert.equal(await leastRefused(0, () => Promise.resolve("refused")), undefined)
})
