/** Tests of the load of a chaos run: what ends it. */
import assert from "node:assert/strict"
import { ask } from "../../actors/internal.ts"
import { Doors, house } from "../../simulation/fixtures/house.ts"
import { type Scenario, simulation } from "../../simulation/internal.ts"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import type { Client } from "../../wire/internal.ts"
import { AppLoad } from "./app-load.ts"

const answer = { kind: "rejection", type: "AlreadyClosed" }
const client = { ask: () => Promise.resolve(answer) } as unknown as Client

/** A load whose callers fail after so many calls. */
const loaded = (calls: number, signal: AbortSignal): AppLoad => {
  let left = calls
  const call = () => {
    if (left-- <= 0) throw new Error("no such door")
    return ask(Doors, "front", Doors.commands.Close())
  }
  const scenario: Scenario = simulation(house, { calls: [{ ask: call }] }).scenario
  return new AppLoad(scenario, [client], 1, signal)
}

test("a call that fails ends what goes on meanwhile, and says which part is wrong", async () => {
  const { signal } = new AbortController()
  const load = loaded(9, signal)
  const forever = new Promise<never>(() => {})
  await assert.rejects(load.during(forever), /a call of the simulation .*: no such door/)
  assert.equal(load.asked.length, 9)
})

test("callers end with the run, without being stopped", async () => {
  const run = new AbortController()
  const load = loaded(Infinity, run.signal)
  assert.equal(await load.during(until(() => load.asked.length > 12).then(() => "done")), "done")
  run.abort()
  const { length } = load.asked
  await assert.rejects(until(() => load.asked.length > length, { within: 200 }))
})
