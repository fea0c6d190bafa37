/** Tests of timers that wait for seconds: in their order, and all of them soon. */
import assert from "node:assert/strict"
import { type Actor, ask, cancel, later, Policy, type Reaction } from "../../actors/internal.ts"
import { App } from "../../app/mod.ts"
import { Doors, house } from "../../simulation/fixtures/house.ts"
import { test } from "../../testing/test.ts"
import { hurriedApp } from "./hurried-app.ts"

const { Close } = Doors.commands
const time = new Date("2026-03-01T12:00:00Z")
const close = ask(Doors, "front", Close())

const reactionsOf = async (given: readonly Reaction[], slowly = false) => {
  const policy = Policy.define("house.timekeeper", {
    from: [Doors],
    on: { Closed: () => slowly ? Promise.resolve(given) : given },
  })
  const actors = house.actors as readonly Actor<typeof Doors, unknown>[]
  const app = App.define("house", { actors, policies: [policy] })
  const [hurried] = hurriedApp(app, 4_000).policies
  return await hurried!.on(Doors.events.Closed() as never, { id: "front", time } as never)
}

test("longer waits stay longer, and none is longer than the limit", async () => {
  const waits = ["1 second", "1 minute", "30 minutes", "7 days", "3650 days"] as const
  const given = [...waits.map((wait) => later(wait, close)), later(new Date("2026-04-01"), close)]
  for (const slowly of [false, true]) {
    const reactions = await reactionsOf(given, slowly)
    const due = reactions.map((each) =>
      each.kind === "later" && each.when instanceof Date
        ? each.when.getTime() - time.getTime()
        : assert.fail(each.kind)
    )
    assert.equal(due[0], 800)
    assert.deepEqual(due.slice(0, 4), due.slice(0, 4).toSorted((one, other) => one - other))
    assert.equal(new Set(due.slice(0, 4)).size, 4, String(due))
    assert.ok(due.every((each) => each > 0 && each <= 4_000), String(due))
  }
})

test("asks, cancels, recurring timers and what is past stay as they are", async () => {
  const past = new Date("2026-01-01")
  const given = [close, cancel("x"), later({ every: "1 day" }, close, { name: "daily" })]
  assert.deepEqual(await reactionsOf(given), given)
  const [overdue] = await reactionsOf([later(past, close)])
  assert.deepEqual(overdue?.kind === "later" && overdue.when, past)
})
