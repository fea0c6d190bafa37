/** Tests of serving: the answer has the format of the request, and every failure has a name. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { decode, encode, type Format } from "./codec.ts"
import { HEADER } from "./header.ts"
import {
  type Failure,
  Internal,
  NotFound,
  rejectionProblem,
  toProblem,
  UnsupportedFormat,
} from "../contracts/errors.ts"
import { awaited, failureOf, formatOf, respond, respondProblem } from "./serve.ts"
import { type LineFields, lineFields, logThrough, withFields } from "./report.ts"
import type { Headers, Incoming } from "./wire.ts"
import { memoryWire } from "./memory/wire-memory.ts"

/** A message, and the answers to it. */
const received = (payload: Uint8Array = new Uint8Array(), headers: Headers = {}) => {
  const answers: { payload: Uint8Array; headers: Headers }[] = []
  const message: Incoming = {
    subject: "qry.a.b",
    payload,
    headers,
    reply: "inbox",
    respond: (answer, answerHeaders = {}) =>
      answers.push({ payload: answer, headers: answerHeaders }),
  }
  const only = (format: Format) => {
    assert.equal(answers.length, 1)
    const [answer] = answers
    assert.ok(answer)
    return { plain: decode(format, answer.payload), headers: answer.headers }
  }
  return { message, only }
}

test("the content type tells the format, and without one the bytes do", () => {
  const type = { [HEADER.contentType]: "application/msgpack" }
  assert.equal(formatOf(received(encode("msgpack", {}), type).message), "msgpack")
  assert.equal(formatOf(received(encode("msgpack", {})).message), "msgpack")
  assert.equal(formatOf(received(encode("json", {})).message), "json")
  assert.equal(formatOf(received().message), "json")
  const { message } = received(encode("json", {}), { [HEADER.contentType]: "text/plain" })
  assert.throws(() => formatOf(message), UnsupportedFormat)
})

test("a payload is never read in another format than its label, or when compressed", () => {
  const type = { [HEADER.contentType]: "application/json" }
  assert.equal(formatOf(received(encode("msgpack", { a: 1 }), type).message), "json")
  for (const coding of ["gzip", "br", ""]) {
    const headers = { ...type, [HEADER.contentEncoding]: coding }
    assert.throws(() => formatOf(received(encode("json", {}), headers).message), UnsupportedFormat)
  }
  const identity = { [HEADER.contentEncoding]: "identity" }
  assert.equal(formatOf(received(encode("json", {}), identity).message), "json")
})

test("an answer has the content type of the request, next to its other headers", () => {
  for (const format of ["json", "msgpack"] as Format[]) {
    const type = { [HEADER.contentType]: `application/${format}` }
    const { message, only } = received(encode(format, {}), type)
    respond(memoryWire(), message, format, { a: 1 }, { [HEADER.position]: "a:1" })
    const { plain, headers } = only(format)
    assert.deepEqual(plain, { a: 1 })
    assert.deepEqual(headers, {
      [HEADER.contentType]: `application/${format}`,
      [HEADER.position]: "a:1",
    })
  }
})

test("without a content type in the request, only a plain value is answered with one", () => {
  for (const [plain, type] of [[{}, undefined], [[], undefined], [7, "application/json"]]) {
    const { message, only } = received()
    respond(memoryWire(), message, "json", plain)
    assert.equal(only("json").headers[HEADER.contentType], type)
  }
  const { message, only } = received()
  respond(memoryWire(), message, "msgpack", null)
  assert.equal(only("msgpack").headers[HEADER.contentType], "application/msgpack")
})

test("a problem has the error headers of NATS services", () => {
  const { message, only } = received()
  const problem = toProblem(new NotFound({ message: "no such thing" }))
  respondProblem(message, "json", problem)
  const { plain, headers } = only("json")
  assert.deepEqual(plain, problem)
  assert.equal(headers[HEADER.error], "NotFound")
  assert.equal(headers[HEADER.errorCode], "404")
})

test("a result that is too large for a message is answered as too large", () => {
  const { message, only } = received()
  respond(memoryWire(), message, "json", "x".repeat(1_048_576))
  assert.equal(only("json").headers[HEADER.error], "TooLarge")
})

test("a rejection that is too large for a message is answered as too large", () => {
  const { message, only } = received()
  respondProblem(message, "json", rejectionProblem("Refused", { why: "x".repeat(2_000_000) }))
  assert.equal(only("json").headers[HEADER.error], "TooLarge")
})

test("a failure is answered as it is, and a bug only with a reference", () => {
  const failure = new NotFound({ message: "no such thing" })
  assert.equal(failureOf(failure, "a test"), failure)
  const secret = new Error("a bug made by a test on purpose, with a secret")
  const internal = failureOf(secret, "a test")
  assert.ok(internal instanceof Internal)
  assert.match(internal.message, new RegExp(internal.reference))
  assert.ok(!JSON.stringify(toProblem(internal)).includes("secret"))
})

test("a bug that comes often is logged at a rate, and each reference is in the log", () => {
  const lines: string[] = []
  const write = (line: string, fields?: LineFields) => void lines.push(withFields(line, fields))
  const before = logThrough({ error: write, warning: write, info: write })
  const failures: Failure[] = []
  try {
    const bug = new Error("a bug that comes often")
    for (let at = 0; at < 1_000; at++) {
      failures.push(failureOf(bug, "a test", lineFields(`c-${at}`, "request-1")))
    }
  } finally {
    logThrough(before)
  }
  assert.ok(lines.length > 1 && lines.length < 20, `${lines.length} lines`)
  assert.equal(lines.filter((line) => line.includes("serve.test.ts")).length, 1, "one stack")
  for (const failure of failures) {
    const { reference } = failure as Internal
    assert.ok(lines.some((line) => line.includes(`(reference ${reference})`)))
  }
  assert.match(
    lines[0]!,
    /^a test failed \(reference .*\) \(correlation request-1, command c-0\)\n/,
  )
})

test("a question without an inbox causes no work, and a refused reply is counted", () => {
  const wire = memoryWire()
  const worked: string[] = []
  wire.serve("qry.a.b", awaited(({ reply }) => worked.push(reply)))
  wire.publish("qry.a.b", new Uint8Array())
  assert.deepEqual([worked.length, wire.refusedReplies()], [0, 0])
  const message = received().message
  awaited(({ reply }) => worked.push(reply))({ ...message, reply: "evt.a.b" })
  assert.equal(worked.length, 0)
  awaited(({ reply }) => worked.push(reply))({ ...message, reply: "_INBOX.a.b" })
  assert.deepEqual(worked, ["_INBOX.a.b"])
})
