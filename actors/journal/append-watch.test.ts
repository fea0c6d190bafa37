/** Tests of the append watch: a log that takes no commits is reported as such, once. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { AppendWatch } from "./append-watch.ts"

const watched = () => {
  const clock = { ms: 0 }
  const said: string[] = []
  const watch = new AppendWatch("bank", {
    now: () => clock.ms,
    error: (line) => said.push(`error: ${line}`),
    info: (line) => said.push(`info: ${line}`),
  })
  return { clock, said, watch }
}

test("a log that is silent for a while is in trouble, and that is reported once", () => {
  const { clock, said, watch } = watched()
  for (clock.ms = 1_000; clock.ms < 5_000; clock.ms += 1_000) {
    watch.silent(1_000)
    assert.equal(watch.trouble, undefined)
  }
  for (clock.ms = 5_000; clock.ms < 60_000; clock.ms += 1_000) watch.silent(1_000)
  assert.equal(said.length, 1)
  assert.match(said[0]!, /^error: the log bank has acknowledged no commit for 5 s, .*disk is full/)
  assert.match(watch.trouble!, /for 60 s/)
  clock.ms = 61_000
  watch.stored()
  assert.equal(watch.trouble, undefined)
  assert.equal(said.length, 2)
  assert.match(said[1]!, /^info: the log bank takes commits again, after 61 s/)
})

test("a lost append followed by a stored one is no trouble", () => {
  const { clock, said, watch } = watched()
  watch.silent(1_000)
  clock.ms = 4_000
  watch.stored()
  clock.ms = 60_000
  assert.equal(watch.trouble, undefined)
  assert.deepEqual(said, [])
})

test("a log whose server refuses is in trouble at once, with the server's reason", () => {
  const { clock, said, watch } = watched()
  for (; clock.ms < 3_000; clock.ms += 100) watch.refused("insufficient resources: more room")
  assert.match(watch.trouble!, /has taken no commits for 3 s: insufficient resources: more room/)
  assert.equal(said.length, 1)
  watch.reconnected()
  assert.equal(watch.trouble, undefined)
  watch.refused("again")
  assert.equal(said.length, 2)
})
