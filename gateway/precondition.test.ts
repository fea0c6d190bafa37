/** Tests of preconditions: tags as RFC 9110 writes and compares them. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { Invalid } from "../contracts/internal.ts"
import { expectedVersionOf, readStatus } from "./precondition.ts"

const headers = (given: Record<string, string>) => (name: string) => given[name]

test("a command expects what the tags say, compared as each header wants", () => {
  const cases: [Record<string, string>, number | string | undefined][] = [
    [{}, undefined],
    [{ "If-Match": '"3"' }, 3],
    [{ "If-Match": '"1", "2"' }, "1,2"],
    [{ "If-Match": ',"1" ,, "2",' }, "1,2"],
    [{ "If-Match": "*" }, "*"],
    [{ "If-Match": " * " }, "*"],
    [{ "If-Match": 'W/"3"' }, "-"],
    [{ "If-Match": 'W/"3", "4"' }, 4],
    [{ "If-Match": '"abc"' }, "-"],
    [{ "If-Match": '"03"' }, "-"],
    [{ "If-Match": '""' }, "-"],
    [{ "If-Match": "" }, "-"],
    [{ "If-Match": '"a,b", "5"' }, 5],
    [{ "If-None-Match": "*" }, "!*"],
    [{ "If-None-Match": 'W/"3", "4"' }, "!3,4"],
    [{ "If-None-Match": '"abc"' }, undefined],
    [{ "If-Match": '"1", "2"', "If-None-Match": '"2"' }, "1,2;!2"],
  ]
  for (const [given, expected] of cases) {
    assert.equal(expectedVersionOf(headers(given)), expected, JSON.stringify(given))
  }
})

test("what is no list of tags is refused, and named", () => {
  const many = Array.from({ length: 65 }, (_, each) => `"${each}"`).join(",")
  for (const text of ["three", "3", "'3'", '"3', '3"', '"1" "2"', '*, "1"', "w/", 'w/"3"', many]) {
    for (const name of ["If-Match", "If-None-Match"]) {
      const given = headers({ [name]: text })
      const named = (error: unknown) => error instanceof Invalid && error.issues?.[0]?.path === name
      assert.throws(() => expectedVersionOf(given), named, text)
      assert.throws(() => readStatus(given, "3"), named, text)
    }
  }
})

test("many spaces in a list of tags take no time", () => {
  const started = performance.now()
  for (const text of [`,${" ".repeat(60_000)}x`, `"1"${"\t ".repeat(30_000)}"2"`]) {
    assert.throws(() => expectedVersionOf(headers({ "If-Match": text })), Invalid)
  }
  assert.ok(performance.now() - started < 1_000)
})

test("a read is not sent again to a client that has it, nor another one than it wants", () => {
  const cases: [Record<string, string>, number, boolean?][] = [
    [{}, 200],
    [{ "If-None-Match": '"3"' }, 304],
    [{ "If-None-Match": 'W/"3"' }, 304],
    [{ "If-None-Match": '"2", "3"' }, 304],
    [{ "If-None-Match": '"2"' }, 200],
    [{ "If-None-Match": "*" }, 304],
    [{ "If-None-Match": "*" }, 200, false],
    [{ "If-Match": '"3"' }, 200],
    [{ "If-Match": 'W/"3"' }, 412],
    [{ "If-Match": '"2"' }, 412],
    [{ "If-Match": "*" }, 200],
    [{ "If-Match": "*" }, 412, false],
    [{ "If-Match": '"2"', "If-None-Match": '"3"' }, 412],
    [{ "If-Match": '"3"', "If-None-Match": '"3"' }, 304],
  ]
  for (const [given, status, exists] of cases) {
    assert.equal(readStatus(headers(given), "3", exists), status, JSON.stringify(given))
  }
})
