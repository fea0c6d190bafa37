/** Tests of the killer: who is killed, in which order, and that all run again when it stops. */
import assert from "node:assert/strict"
import type { Role } from "leftfold/app"
import { test, until } from "leftfold/testing"
import type { StartedPart } from "../../../app/development/cluster/parts.ts"
import { startKiller } from "./killer.ts"

/** A part that records what is done to it; `restarted` is called when it starts again. */
const part = (name: string, role: Role, deeds: string[], restarted = () => {}): StartedPart => {
  const note = (deed: string) => () => {
    deeds.push(`${deed} ${name}`)
    if (deed === "restart") restarted()
    return Promise.resolve()
  }
  const server = { url: "", port: 0, pid: 1, died: new Promise<string>(() => {}) }
  return {
    name,
    role,
    server: { ...server, stop: note("stop"), kill: note("kill"), restart: note("restart") },
  }
}

const WITHIN = { timeout: 5_000 }

/** If that never happens, the test's time limit ends it. */
const untilDone = async (deeds: readonly string[], deed: string): Promise<void> => {
  await until(() => deeds.includes(deed))
}

test(
  "a node and a worker are killed each time, in turn, and all run in the end",
  WITHIN,
  async () => {
    const deeds: string[] = []
    const parts = [
      part("node-1", "actors", deeds),
      part("node-2", "actors", deeds),
      part("worker", "projections", deeds),
      part("policies", "policies", deeds),
      part("gateway", "gateway", deeds),
    ]
    const killer = startKiller(parts, 1)
    await untilDone(deeds, "restart node-2")
    await killer.stop()
    const killed = deeds.filter((deed) => deed.startsWith("kill"))
    assert.deepEqual(killed.slice(0, 4), [
      "kill node-1",
      "kill worker",
      "kill node-2",
      "kill worker",
    ])
    const again = deeds.filter((deed) => deed.startsWith("restart"))
    assert.equal(killer.kills(), killed.length)
    assert.equal(again.length, killed.length)
  },
)

test("a process that does not start again is told when the killer stops", WITHIN, async () => {
  const fails = () => {
    throw new Error("node-1 does not start")
  }
  const deeds: string[] = []
  const parts = [part("node-1", "actors", deeds, fails), part("worker", "projections", deeds)]
  const killer = startKiller(parts, 1)
  await untilDone(deeds, "restart node-1")
  await assert.rejects(killer.stop(), /node-1 does not start/)
})
