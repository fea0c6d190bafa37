/** What every keeper of unreadable messages does; the twin and the driver both pass these tests. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import type { Skip } from "../../wire/internal.ts"
import type { Scope } from "../log/feed.suite.ts"
import type { Unreadables } from "./unreadable.ts"

const message = (context: string, sequence: number, reason = "why") => ({
  context,
  sequence,
  subject: `evt.${context}.box.1.b`,
  reason,
})

const skip = (context: string, sequence: number): Skip => ({
  ...{ context, sequence, subject: "", base: 0, ancestors: [], events: 0 },
  ...{ reason: "a test", by: "me", time: 1_000 },
})

/** Runs the suite; `open` makes an empty one. */
export const unreadableSuite = (open: (scope: Scope) => Promise<Unreadables>): void => {
  test("a message is noted once, and listed in the order of the log", async (t) => {
    const kept = await open(t)
    await kept.noteUnreadable([message("boxes", 12), message("boxes", 7, "odd \u0000")])
    await kept.noteUnreadable([message("boxes", 7, "another reason"), message("labels", 1)])
    const listed = await kept.unreadable(["boxes", "labels"], 10)
    assert.deepEqual(listed.map(({ context, sequence }) => [context, sequence]), [
      ["boxes", 7],
      ["boxes", 12],
      ["labels", 1],
    ])
    assert.match(listed[0]!.reason, /^odd/)
    assert.ok(Math.abs(Date.now() - listed[0]!.notedAt.getTime()) < 60_000)
    assert.equal((await kept.unreadable(["boxes", "labels"], 2)).length, 2)
    assert.deepEqual((await kept.unreadable(["labels"], 9)).map(({ context }) => context), [
      "labels",
    ])
  })

  test("what is stepped over is not counted, and shown with who said so and why", async (t) => {
    const kept = await open(t)
    assert.equal((await kept.unreadableCounts()).size, 0)
    await kept.noteUnreadable([message("boxes", 1), message("boxes", 2), message("labels", 1)])
    await kept.noteSkipped([skip("boxes", 2), skip("labels", 1), skip("boxes", 99)])
    assert.deepEqual([...await kept.unreadableCounts()], [["boxes", 1]])
    const [first, second] = await kept.unreadable(["boxes"], 10)
    assert.equal(first?.skipped, undefined)
    assert.deepEqual(second?.skipped, { by: "me", reason: "a test", at: new Date(1_000) })
  })
}
