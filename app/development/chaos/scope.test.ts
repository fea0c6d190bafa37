/** Tests of the scope of a chaos run: nothing that was started outlives it. */
import assert from "node:assert/strict"
import { test } from "../../../testing/test.ts"
import { Scope } from "./scope.ts"

const over = new Error("over")

test("what was started is stopped, the last comes first, and a failure keeps nothing", async () => {
  const scope = new Scope()
  const stopped: string[] = []
  const stop = async (name: string) => void stopped.push(name)
  await scope.hold(async () => "server", stop)
  await scope.hold(async () => "stubborn", () => Promise.reject(new Error("it does not stop")))
  await assert.rejects(
    scope.hold<string>(() => Promise.reject(new Error("no port")), stop),
    /no port/,
  )
  await scope.hold(async () => "node", stop)
  await assert.rejects(scope.end(over), /it does not stop/)
  assert.deepEqual(stopped, ["node", "server"])
  await scope.end(over)
  assert.deepEqual(stopped, ["node", "server"])
})

test("a start that is under way at the end is stopped, and nothing starts after it", async () => {
  const scope = new Scope()
  const stopped: string[] = []
  let started = (_name: string) => {}
  const starting = new Promise<string>((resolve) => started = resolve)
  const held = scope.hold(() => starting, async (name) => void stopped.push(name))
  const ended = scope.end(over)
  assert.equal(scope.signal.reason, over)
  assert.deepEqual(stopped, [])
  started("late")
  await ended
  assert.deepEqual(stopped, ["late"])
  assert.equal(await held, "late")
  const never = () => assert.fail("it started after the end")
  await assert.rejects(scope.hold(never, never), over)
})
