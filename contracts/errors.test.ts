/** Tests of failures and problems: each failure travels and comes back as it was. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import * as errors from "./errors.ts"
import {
  type Failure,
  fromProblem,
  isFailure,
  isProblem,
  type Problem,
  toProblem,
} from "./errors.ts"

const message = "what happened"
const failures: [number, Failure][] = [
  [422, new errors.Invalid({ message, issues: [{ path: "a.b", message: "wrong" }] })],
  [422, new errors.Invalid({ message })],
  [400, new errors.Malformed({ message })],
  [415, new errors.UnsupportedFormat({ message })],
  [404, new errors.NotFound({ message })],
  [412, new errors.VersionMismatch({ message, expected: 0, actual: 3 })],
  [413, new errors.TooLarge({ message })],
  [500, new errors.Internal({ message, reference: "r-1" })],
  [503, new errors.Unavailable({ message })],
  [503, new errors.Unavailable({ message, retryAfterMs: 0 })],
  [503, new errors.Overloaded({ message, retryAfterMs: 50 })],
  [504, new errors.Timeout({ message })],
  [504, new errors.StaleView({ message, asked: "a:2", at: "a:1" })],
]

test("every failure travels as a problem and comes back as it was", () => {
  for (const [status, failure] of failures) {
    const problem = toProblem(failure)
    assert.equal(problem.status, status)
    assert.equal(problem.title, failure._tag)
    assert.equal(problem.type, `urn:leftfold:${failure._tag.toLowerCase()}`)
    assert.ok(isProblem(problem))
    const back = fromProblem(JSON.parse(JSON.stringify(problem)))
    assert.equal(back.constructor, failure.constructor)
    assert.equal(back.message, message)
    assert.deepEqual({ ...back }, { ...failure })
  }
})

test("a problem of an unknown kind is an internal failure", () => {
  for (const title of ["Unheard", "constructor", "toString", "__proto__", ""]) {
    const failure = fromProblem({ type: "urn:leftfold:x", title, status: 500, detail: message })
    assert.ok(failure instanceof errors.Internal)
    assert.equal(failure.message, message)
  }
})

test("members of a problem that no failure has are dropped", () => {
  const problem: Problem = {
    type: "urn:leftfold:timeout",
    title: "Timeout",
    status: 504,
    detail: message,
    _tag: "Internal",
    stack: "elsewhere",
    name: "Spoofed",
  }
  const failure = fromProblem(problem)
  assert.equal(failure._tag, "Timeout")
  assert.equal(failure.name, "Timeout")
  assert.notEqual(failure.stack, "elsewhere")
})

test("a rejection travels by its name, and its fields cannot change its type", () => {
  assert.deepEqual(errors.rejectionProblem("NotPlaced", { since: 1, status: 200 }), {
    since: 1,
    type: "urn:leftfold:rejection",
    title: "NotPlaced",
    status: 409,
  })
})

test("only our own failures and problems count as such", () => {
  const bugs = [new Error("bug"), { _tag: "Timeout" }, Object.assign(new Error(), { _tag: "Bug" })]
  for (const bug of [...bugs, null, undefined, "Timeout"]) assert.equal(isFailure(bug), false)
  for (const value of [null, undefined, 1, [], {}, { type: 1 }, { type: "about:blank" }]) {
    assert.equal(isProblem(value), false)
  }
})

test("each kind of failure says whether a request can be repeated", () => {
  const again = failures.filter(([, { _tag }]) => errors.retryOf(_tag) !== "never")
  assert.deepEqual([...new Set(again.map(([, { _tag }]) => _tag))], [
    "Unavailable",
    "Overloaded",
    "Timeout",
    "StaleView",
  ])
  assert.equal(errors.isOutageName("Timeout"), true)
  assert.equal(errors.isOutageName("StaleView"), false)
  assert.equal(errors.retryOf("NotPlaced"), "never")
})
