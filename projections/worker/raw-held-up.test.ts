/** Tests of a raw projection with a failing batch: it waits and skips nothing. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { Contract, type Message } from "../../contracts/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { Boxes, Emptied, Put } from "../fixtures/boxes.ts"
import type { RunningProjections } from "./runner.ts"
import { onBatch, opened, puts, Putting, putting } from "../fixtures/raw.ts"
import { announced } from "../fixtures/working.ts"
import { entries } from "../fixtures/written-log.ts"
import { until } from "../../testing/until.ts"

/** The same actors in the contract of another program version. */
const OtherBoxes = Contract.define(Boxes.name, {
  commands: {},
  events: { Put: { count: Schema.String }, Sealed: {}, Emptied: {} },
})

const otherwise = (event: Message<"event">) => entries(OtherBoxes, "b-9", event)

/** Resolves to the health once it reports such a failure and this many messages behind it. */
const heldUp = ({ health }: RunningProjections, reason: string, lag: number) =>
  until(() => {
    const [found] = health()
    const isSo = found?.failure?.includes(reason) && "lag" in found && found.lag === lag
    return isSo ? found : undefined
  })

const seenIn = async ({ sql }: Pick<Awaited<ReturnType<typeof opened>>, "sql">) => {
  const rows = await sql`select sequence from boxes.putting__seen order by sequence`
  return rows.map(({ sequence }) => sequence)
}

test("a batch that fails holds the projection up, until it is corrected", async (t) => {
  const system = await opened(t, await createNamespace())
  const { wire, start, store, write } = system
  let attempts = 0
  const picky = putting({
    onBatch: async (events, tools) => {
      await onBatch(events, tools)
      if (!events.some(({ event }) => event.type === "Emptied")) return
      attempts++
      throw new Error("not empty")
    },
  })
  await write([...puts(0, 3), ...entries(Boxes, "b-9", Emptied()), ...puts(4, 2)])
  const running = start(picky)
  const health = await heldUp(running, "at boxes:4 failed", 3)
  assert.equal(health.failure, "the batch at boxes:4 failed: Error: not empty")
  assert.deepEqual([health.ready, health.caughtUp], [false, false])
  assert.equal((await store.serving(Putting.name)).parkedEvents, 0)
  await until(() => attempts >= 4)
  assert.deepEqual(await seenIn(system), [1, 2, 3])
  await running.stop()

  const done = announced(wire, Putting, { boxes: 6 })
  const corrected = start(Putting)
  await done
  assert.deepEqual(await seenIn(system), [1, 2, 3, 5, 6])
  assert.equal(corrected.health()[0]?.failure, undefined)
})

test("a batch that works again goes on without a new start", async (t) => {
  const system = await opened(t, await createNamespace())
  const { wire, start, write } = system
  let isBroken = true
  const flaky = putting({
    onBatch: async (events, tools) => {
      await onBatch(events, tools)
      if (isBroken) throw new Error("not yet")
    },
  })
  await write(puts(0, 5))
  const running = start(flaky)
  await heldUp(running, "at boxes:1 failed: Error: not yet", 5)
  const done = announced(wire, Putting, { boxes: 5 })
  isBroken = false
  await done
  assert.deepEqual(await seenIn(system), [1, 2, 3, 4, 5])
  assert.equal(running.health()[0]?.failure, undefined)
})

test("an event that cannot be read holds it up; one of an unknown type does not", async (t) => {
  const system = await opened(t, await createNamespace())
  const { wire, start, write } = system
  const { Put: OtherPut, Sealed } = OtherBoxes.events
  const done = announced(wire, Putting, { boxes: 4 })
  const running = start(Putting)
  await write([...puts(0, 2), ...otherwise(Sealed()), ...puts(3, 1)])
  await done
  assert.deepEqual(await seenIn(system), [1, 2, 4])
  await write([...puts(4, 1), ...otherwise(OtherPut({ count: "two" })), ...puts(6, 1)])
  const { failure, caughtUp } = await heldUp(running, "at boxes:6 failed", 2)
  assert.match(failure!, /the event boxes\.box Put .*count/s)
  assert.equal(caughtUp, false)
  assert.deepEqual(await seenIn(system), [1, 2, 4, 5])
})

test("events of unknown types alone move it on", async (t) => {
  const { wire, start, write } = await opened(t, await createNamespace())
  const done = announced(wire, Putting, { boxes: 1 })
  start(putting({ onBatch: () => Promise.reject(new Error("it was run")) }))
  await write(otherwise(OtherBoxes.events.Sealed()))
  await done
})

test("a failure that a batch hides is not taken for success", async (t) => {
  const system = await opened(t, await createNamespace())
  const careless = putting({
    onBatch: async (events, tools) => {
      await onBatch(events, tools)
      await tools.sql`select 1 / 0`.then(() => {}, () => {})
    },
  })
  await system.write(puts(0, 2))
  await heldUp(system.start(careless), "transaction is aborted", 2)
  assert.deepEqual(await seenIn(system), [])
})

for (const how of ["commit", "rollback"]) {
  test(`a batch that ends its transaction by ${how} is not taken for written`, async (t) => {
    const { write, start, store } = await opened(t, await createNamespace())
    const ending = putting({
      onBatch: async (events, tools) => {
        await onBatch(events, tools)
        await (how === "commit" ? tools.sql`commit` : tools.sql`rollback`)
      },
    })
    await write(puts(0, 1))
    await heldUp(start(ending), '"onBatch" has ended the transaction', 1)
    assert.deepEqual((await store.serving(Putting.name)).lanes[0]?.positions, {})
  })
}

test("what is read afterwards does not come before what holds it up", async (t) => {
  const system = await opened(t, await createNamespace())
  const { start, write } = system
  await write(otherwise(OtherBoxes.events.Put({ count: "two" })))
  const running = start(Putting)
  await heldUp(running, "at boxes:1 failed", 1)
  await write(entries(Boxes, "b-1", Put({ count: 1 })))
  await heldUp(running, "at boxes:1 failed", 2)
  assert.deepEqual(await seenIn(system), [])
})
