/** Tests of reads from a leader: a message that is not there, and one that cannot be read. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { decodeText, encodeText } from "../bytes.ts"
import { Names } from "../format/names.ts"
import { NO_HEADERS, type Reply, type Wire } from "../wire.ts"
import { lastFromLeader } from "./leader-read-nats.ts"

const base64 = (text: string) => btoa(text)

/** Reads a message from a leader that gives this reply; tells what it was asked. */
const reading = async (reply: Reply) => {
  const asked: unknown[] = []
  const wire = {
    names: new Names({ prefix: "staging" }),
    request: (...[subject, payload, , timeoutMs, done]: Parameters<Wire["request"]>) => {
      asked.push(subject, JSON.parse(decodeText(payload)), timeoutMs)
      done(reply)
    },
  }
  const last = { stream: "bank", subject: "evt.bank.account.a", what: "the log", timeoutMs: 7 }
  return { asked, message: await lastFromLeader(wire, last) }
}

const answer = (value: unknown): Reply => ({
  type: "reply",
  payload: encodeText(JSON.stringify(value)),
  headers: NO_HEADERS,
})

test("the last message comes with its headers", async () => {
  const message = {
    ...{ seq: 7, subject: "a", time: "2026-01-01T00:00:00Z" },
    ...{ data: base64("x"), hdrs: base64("NATS/1.0\r\nA: b\r\n\r\n") },
  }
  const { asked, message: read } = await reading(answer({ message }))
  assert.deepEqual(asked.slice(1), [{ last_by_subj: "staging.evt.bank.account.a" }, 7])
  assert.deepEqual(read && { ...read, payload: decodeText(read.payload) }, {
    ...{ subject: "a", sequence: 7, time: Date.UTC(2026), payload: "x" },
    headers: decodeText(encodeText("NATS/1.0\r\nA: b\r\n\r\n")),
  })
})

test("no message is not the same as one that cannot be read", async () => {
  const refusal = (err_code: number) => answer({ error: { err_code, description: "why" } })
  assert.equal((await reading(refusal(10037))).message, undefined)
  const unreadable: readonly (readonly [Reply, RegExp])[] = [
    [refusal(10008), /^the log cannot be read: why$/],
    [answer({}), /^the log cannot be read: no message was answered$/],
    [{ type: "timeout" }, /^the log cannot be read: timeout$/],
    [{ type: "no-responders" }, /^the log cannot be read: no-responders$/],
  ]
  for (const [reply, message] of unreadable) {
    await assert.rejects(reading(reply), { _tag: "Unavailable", message })
  }
})
