/** Tests that text which others wrote cannot control a terminal, nor forge an entry of a log. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { harmless, logEntry } from "./harmless.ts"
import { REPORT } from "./limits.ts"
import {
  type LineFields,
  lineFields,
  logThrough,
  reportError,
  reportInfo,
  reportWarning,
  withFields,
} from "./report.ts"
import { json } from "./report/log-format.ts"

test("control characters are replaced, and other text stays as it is", () => {
  assert.equal(
    harmless("\u001b[2J\u001b]0;x\u0007 \u009b1m a\rb"),
    "\ufffd[2J\ufffd]0;x\ufffd \ufffd1m a\ufffdb",
  )
  assert.equal(harmless("\u202eevil"), "\ufffdevil")
  const text = "Zoë\t10 €\n💎"
  assert.equal(harmless(text), text)
})

const linesOf = (work: () => void): string[] => {
  const lines: string[] = []
  const write = (line: string) => void lines.push(line)
  const before = logThrough({ error: write, warning: write, info: write })
  try {
    work()
  } finally {
    logThrough(before)
  }
  return lines
}

test("what a line belongs to is on one line, bounded and harmless", () => {
  const shown: string[] = []
  const jsons: unknown[] = []
  const write = (line: string, fields?: LineFields) => {
    shown.push(withFields(line, fields))
    jsons.push(JSON.parse(json("warn", line, fields)))
  }
  const before = logThrough({ error: write, warning: write, info: write })
  try {
    reportWarning("no room\nmore", lineFields("c-1\n[09:00] INFO\u001b[2J"))
    reportError("a bug", new Error("x"), lineFields("c".repeat(10 * REPORT.field), "r-1"))
    reportWarning("nothing")
  } finally {
    logThrough(before)
  }
  const text = "c-1 [09:00] INFO\ufffd[2J"
  assert.equal(shown[0], `no room (correlation ${text}, command ${text})\n    more`)
  assert.equal(Object(jsons[0]).command, text)
  assert.deepEqual(Object.keys(Object(jsons[0])), [
    ...["time", "level", "message", "correlation", "command"],
  ])
  assert.equal(Object(jsons[1]).command.length, REPORT.field)
  assert.equal(Object(jsons[1]).correlation, "r-1")
  assert.deepEqual(Object.keys(Object(jsons[2])), ["time", "level", "message"])
})

test("no entry of the log has the password of an address", () => {
  const address = "nats://ada:s3cret%40x@nats-0:4222,nats://s3cret@nats-1:4222"
  const [line] = linesOf(() => reportError(`lost ${address}`, new Error(`no ${address}`)))
  assert.doesNotMatch(line!, /s3cret/)
  assert.match(line!, /^lost nats:\/\/\*{3}@nats-0:4222,nats:\/\/\*{3}@nats-1:4222\n/)
  const plain = "see http://127.0.0.1:8080/a@b, nats://nats-0:4222 and mail@example.com:25"
  assert.equal(logEntry(plain, 1_000), plain)
})

test("further lines of an entry are indented, however they are broken", () => {
  const text = "a\nb\u2028c\u2029d\n    at e\n      f"
  assert.equal(logEntry(text, 100), "a\n    b\n    c\n    d\n    at e\n      f")
  assert.equal(logEntry("abcdef", 4), "abcd… (2 more characters)")
})

test("all entries of the log are cleaned and bounded, and so are the stacks of errors", () => {
  const lines = linesOf(() => {
    const evil = "\u001b[31mred\n[09:00:00.000] INFO (#1): all is well"
    reportInfo(evil)
    reportWarning(evil)
    reportError(evil, new Error(evil, { cause: new Error(evil) }))
    reportWarning("x".repeat(10 * REPORT.characters))
  })
  assert.equal(lines.length, 4)
  for (const line of lines) {
    assert.ok(line.length < REPORT.characters + 100)
    assert.ok(!line.includes("\u001b"))
    assert.doesNotMatch(line, /\n(?! {4})/)
  }
  assert.match(lines[2]!, /because of Error/)
})
