/** What all parking does: the suite that its twins share. */
import assert from "node:assert/strict"
import { test } from "../../../testing/test.ts"
import { logSubject } from "../../../wire/internal.ts"
import { parkedKey, type ParkedWork, type Parking } from "./parking.ts"

const work = (given: Partial<ParkedWork>): ParkedWork => ({
  policy: "bank.mailing",
  kind: "event",
  of: logSubject("post.letter", "l-1"),
  at: 7,
  what: "Sent",
  reason: "a bug",
  behind: false,
  attempts: 10,
  sinceMs: 1,
  parkedMs: 2,
  done: ["bank.mailing/post:7/0/0"],
  ...{ failed: "0", again: "r-1", followed: true },
  ...given,
})

/** Runs the suite; `open` gives an empty parking each time. */
export const parkingSuite = (open: () => Promise<Parking>): void => {
  test("parked work is kept by its place, in order, until it is unparked", async () => {
    const parking = await open()
    const works = [
      work({}),
      work({ at: 12, behind: true }),
      work({ at: 3, of: logSubject("post.letter", "l-2") }),
      work({ kind: "timer", of: "n-l-1", at: 5, ask: "{}", done: [] }),
      work({ policy: "bank.other" }),
      work({ policy: "post.other" }),
    ]
    for (const each of works.toReversed()) await parking.park(each)
    const keys = async () =>
      (await parking.places("bank")).map((each) => `${each.policy} ${parkedKey(each)} ${each.at}`)
    assert.deepEqual((await keys()).toSorted(), [
      "bank.mailing n-l-1 5",
      "bank.mailing post.letter/l-1 12",
      "bank.mailing post.letter/l-1 7",
      "bank.mailing post.letter/l-2 3",
      "bank.other post.letter/l-1 7",
    ])
    const ours = (await keys()).filter((key) => key.startsWith("bank.mailing post.letter/l-1"))
    assert.deepEqual(ours, ["bank.mailing post.letter/l-1 7", "bank.mailing post.letter/l-1 12"])
    for (const each of works) assert.deepEqual(await parking.read(each), each)
    await parking.park(work({ reason: "another bug", attempts: 11 }))
    assert.equal((await parking.read(works[0]!))?.reason, "another bug")
    await parking.unpark(works[0]!)
    await parking.discard(works[1]!, "ada")
    assert.equal(await parking.read(works[0]!), undefined)
    assert.deepEqual((await keys()).length, 3)
    await parking.unpark(works[0]!)
  })

  test("rejections are noted by their command, and never listed among parked work", async () => {
    const parking = await open()
    const noted = { type: "NoStamp", data: { left: 0 }, atMs: 1_000 }
    const [id, other] = ["bank.mailing/post:7/0/0", "bank.mailing/post:8/0/0/2026-01-01T00:00:00Z"]
    assert.equal(await parking.noted("bank.mailing", id), undefined)
    await parking.note("bank.mailing", id, { ...noted, type: "Other" })
    await parking.note("bank.mailing", id, noted)
    await parking.note("bank.mailing", other, { ...noted, atMs: 3_000 })
    assert.deepEqual(await parking.noted("bank.mailing", id), noted)
    assert.equal(await parking.noted("bank.other", id), undefined)
    assert.deepEqual(await parking.places("bank"), [])
    await parking.forgetBefore("bank.mail", 5_000)
    await parking.forgetBefore("bank.mailing", 2_000)
    assert.equal(await parking.noted("bank.mailing", id), undefined)
    assert.equal((await parking.noted("bank.mailing", other))?.atMs, 3_000)
    await parking.forget("bank.mailing", other)
    await parking.forget("bank.mailing", other)
    assert.equal(await parking.noted("bank.mailing", other), undefined)
  })
}
