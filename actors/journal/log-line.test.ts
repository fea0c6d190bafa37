/** Tests of the line to a log: reads are asked again, and trouble is remembered for a while. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { NO_HEADERS, type Reply, type Wire } from "../../wire/internal.ts"
import { LogLine } from "./log-line.ts"

const ANSWER: Reply = { type: "reply", payload: Uint8Array.of(1), headers: NO_HEADERS }
const SILENCE: Reply = { type: "timeout" }
const NOTHING = new Uint8Array()

/** A line whose requests are answered after these milliseconds, on a clock of its own. */
const setUp = (...answers: readonly [number, Reply][]) => {
  const left = [...answers]
  const asked: number[] = []
  let nowMs = 0
  const request: Wire["request"] = (_subject, _payload, _headers, timeoutMs, done) => {
    const [tookMs, reply] = left.shift() ?? [timeoutMs, SILENCE]
    asked.push(nowMs)
    nowMs += tookMs
    done(reply)
  }
  const line = new LogLine({ request } as Wire, { clustered: true, now: () => nowMs })
  const read = () => new Promise<Reply>((resolve) => line.read("log", NOTHING, resolve))
  return { line, read, asked, pass: (ms: number) => nowMs += ms }
}

test("an unanswered read is repeated, for longer than an election takes", async () => {
  const soon = setUp([500, SILENCE], [500, SILENCE], [1, ANSWER])
  assert.equal((await soon.read()).type, "reply")
  assert.deepEqual(soon.asked, [0, 500, 1_000])
  const never = setUp()
  assert.equal((await never.read()).type, "timeout")
  assert.ok(never.asked.length >= 19 && never.asked.at(-1)! < 10_000)
})

test("any answer but silence ends a read", async () => {
  const { read, asked } = setUp([1, { type: "disconnected" }])
  assert.equal((await read()).type, "disconnected")
  assert.equal(asked.length, 1)
})

test("reads prove something for three seconds after an append that was stored", () => {
  const { line, pass } = setUp()
  pass(30_001)
  assert.equal(line.readsProve, false, "nothing has been stored yet")
  line.stored(30_001)
  line.stored(1)
  pass(2_999)
  assert.equal(line.readsProve, true)
  pass(1)
  assert.equal(line.readsProve, false)
})

test("reads prove nothing for half a minute after a line's start or trouble", async () => {
  const { line, read, pass } = setUp([1, ANSWER], [501, ANSWER], [1, { type: "disconnected" }])
  const proves = (afterMs: number) => {
    line.stored(pass(afterMs))
    return line.readsProve
  }
  assert.equal(proves(30_000), false)
  assert.equal(proves(1), true)
  await read()
  assert.equal(proves(0), true, "a prompt answer is no trouble")
  for (const _trouble of ["a slow answer", "a lost connection"]) {
    await read()
    assert.equal(proves(0), false)
    assert.equal(proves(30_001), true)
  }
})

test("with a single server, reads always prove what they say", () => {
  assert.equal(new LogLine({} as Wire, { clustered: false }).readsProve, true)
})
