/** Tests of attempts: which attacks run together, and which are measured alone. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { randomOf } from "../../app/development/chaos/random.ts"
import type { Attack, Scene } from "./attack-case.ts"
import { attemptAlone, attemptTogether, groupsOf } from "./attempts.ts"

const attack = (name: string, came?: string, more: Partial<Attack> = {}): Attack => ({
  name,
  expected: "400",
  isOneRequest: true,
  run: () => Promise.resolve(came),
  ...more,
})

/** A shop that reports these hold times of its event loop, one for each question. */
const sceneOf = (...worstMs: number[]): Scene => ({
  victim: {
    loop: () => Promise.resolve({ worstMs: worstMs.shift() ?? 0, residentBytes: 0 }),
  } as unknown as Scene["victim"],
  random: randomOf(1),
  fresh: () => "a",
  guarded: () => Promise.reject(new Error("not asked for")),
})

test("up to 25 neighbours that are independent run together; others run alone", () => {
  const many = Array.from({ length: 27 }, (_, n) => attack(`n${n}`))
  const alone = attack("alone", undefined, { isOneRequest: false })
  const sizes = groupsOf([...many, alone, attack("last")]).map(({ length }) => length)
  assert.deepEqual(sizes, [25, 2, 1, 1])
})

test("only the attacks of a group with an unexpected outcome are left to run alone", async () => {
  const group = [attack("good"), attack("bad", "200")]
  const { outcomes, left } = await attemptTogether(group, sceneOf(0, 5))
  assert.deepEqual(outcomes.map(({ name, loopMs }) => [name, loopMs]), [["good", 5]])
  assert.deepEqual(left.map(({ name }) => name), ["bad"])
})

test("a group that held the event loop is measured one by one", async () => {
  const { outcomes, left } = await attemptTogether([attack("a"), attack("b")], sceneOf(0, 70))
  assert.deepEqual([outcomes.length, left.length], [0, 2])
})

test("a request that holds the loop at every try has an unexpected outcome", async () => {
  const { came } = await attemptAlone(attack("slow"), sceneOf(0, 70, 0, 60, 0, 80))
  assert.match(came ?? "", /held for 60 ms of 50/)
  assert.equal((await attemptAlone(attack("once"), sceneOf(0, 70, 0, 10))).came, undefined)
})
