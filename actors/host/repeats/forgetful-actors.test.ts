/** Tests of actors that get more commands than they can remember: it is said, and bounded. */
import assert from "node:assert/strict"
import { test } from "../../../testing/test.ts"
import {
  encodeCommit,
  logSubject,
  MemoryLog,
  METRIC,
  METRICS,
  nextAncestors,
} from "../../../wire/internal.ts"
import { Deposit, Deposited, Opened, storedEvent } from "../../fixtures/account.ts"
import { Bank, NAME } from "../../fixtures/bank.ts"
import { FORGETFUL, REMEMBERED } from "../../limits.ts"
import { ForgetfulActors } from "./forgetful-actors.ts"

const NOON = Date.parse("2026-01-01T12:00:00Z")

/** A log of one account with so many commands, a thousand in each commit, a minute apart. */
const logWith = (count: number): MemoryLog => {
  const log = new MemoryLog()
  let ancestors: number[] = []
  for (let base = 0; base < count; base += 1_000) {
    const events = Array.from(
      { length: Math.min(1_000, count - base) },
      (_, index) =>
        base + index === 0
          ? storedEvent(Opened(), "c-0", NOON)
          : storedEvent(Deposited({ amount: 1 }), `c-${base + index}`, NOON + base * 60),
    )
    const commit = encodeCommit({ base, ancestors, events })
    const { sequence } = log.append("bank", logSubject(NAME, "a-1"), ancestors.at(-1) ?? 0, commit)
    ancestors = nextAncestors(ancestors, sequence)
  }
  return log
}

test("an actor that forgets ids within their window is named in health, and counted", async (t) => {
  let time = NOON + 2 * 3_600_000
  const bank = new Bank(t, { log: logWith(REMEMBERED.most - 1), now: () => time })
  const counter = METRICS.counters(METRIC.idsForgotten).with(NAME)
  const before = counter.value
  const say = () => bank.say("a-1", Deposit({ amount: 1 }))
  await say()
  assert.deepEqual(bank.host.warnings(), [], "they all fit")
  for (let each = 0; each < 3; each++) await say()
  assert.equal(counter.value - before, 3)
  const [warning = "", ...others] = bank.host.warnings()
  assert.deepEqual(others, [])
  assert.match(warning, /^bank\.account a-1 .*\(65536\).*after 2 hours instead of 24 hours/)
  assert.match(warning, /Shorten idempotencyWindow/)
  const again = new Bank(t, { log: bank.log, now: () => time })
  await again.say("a-1", Deposit({ amount: 1 }))
  assert.equal(counter.value - before, 4, "what reading the log forgets is not counted again")
  // What left the window by age is no trouble.
  time += 25 * 3_600_000
  await say()
  assert.equal(counter.value - before, 4)
  assert.deepEqual(bank.host.warnings(), [], "it was more than an hour ago")
})

test("of many such actors some are named, the others counted, and few are logged", () => {
  const lines: string[] = []
  let time = 0
  const forgetful = new ForgetfulActors(() => time, (text) => lines.push(text))
  const kept = { keptSeconds: 90, windowMs: 60_000 * 60 }
  const note = (id: string) => forgetful.note({ name: NAME, id }, 1, kept)
  for (let each = 0; each < 50; each++) for (const id of ["a-1", "a-2"]) note(id)
  assert.equal(lines.length, 2)
  assert.deepEqual(forgetful.warnings().map((text) => text.split(" ")[1]), ["a-2", "a-1"])
  for (let each = 0; each < 5_000; each++) note(`b-${each}`)
  assert.equal(lines.length, FORGETFUL.logged)
  const warnings = forgetful.warnings()
  assert.equal(warnings.length, FORGETFUL.named + 1)
  assert.match(warnings[0]!, /^bank\.account b-4999 .* after 90 s instead of 60 minutes/)
  assert.match(warnings.at(-1)!, /^at least 995 more actors/)
  time += FORGETFUL.forMs + 1
  assert.deepEqual(forgetful.warnings(), [])
})
