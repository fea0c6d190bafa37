/** Tests of the envelope: the values of a caller arrive, and invalid headers are refused. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { asRetry, readEnvelope, writeEnvelope } from "./envelope.ts"
import { HEADER } from "./header.ts"
import { Invalid } from "../contracts/errors.ts"
import { LONGEST_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from "./limits.ts"

const now = 1_790_000_000_000

test("an envelope is read as it was written", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  const options = { correlation: "c:1", causation: "orders:7", principal: "ada", traceparent }
  const headers = writeEnvelope(
    { ...options, commandId: "id-1", expectedVersion: 3, timeoutMs: 100 },
    now,
  )
  assert.deepEqual(readEnvelope(headers, now), {
    ...options,
    id: "id-1",
    expectedVersion: 3,
    deadline: now + 100,
  })
  const retry = { commandId: "id-1", retry: true }
  assert.equal(readEnvelope(writeEnvelope(retry, now), now).retry, true)
  assert.equal(readEnvelope(asRetry(headers), now).retry, true)
})

test("retry needs a command id that may have been tried before", () => {
  const written = (retry: boolean, commandId?: string) =>
    readEnvelope(writeEnvelope({ commandId, retry }, now), now).retry
  assert.deepEqual([written(true, "c"), written(false, "c"), written(true)], [
    true,
    undefined,
    undefined,
  ])
  const read = (headers: Record<string, string>) => readEnvelope(headers, now).retry
  assert.equal(read({ [HEADER.retry]: "true" }), undefined)
  assert.equal(read({ [HEADER.retry]: "1", [HEADER.id]: "c" }), undefined)
})

test("a deadline beyond the longest timeout is brought nearer", () => {
  const { deadline } = readEnvelope({ [HEADER.deadline]: "9".repeat(15) }, now)
  assert.equal(deadline, now + LONGEST_TIMEOUT_MS)
})

test("a missing id and a missing deadline are generated", () => {
  const written = readEnvelope(writeEnvelope({}, now), now)
  assert.match(written.id, /^[0-9a-f-]{36}$/)
  assert.equal(written.correlation, written.id)
  assert.equal(written.deadline, now + REQUEST_TIMEOUT_MS)
  const read = readEnvelope({}, now)
  assert.match(read.id, /^[0-9a-f-]{36}$/)
  assert.deepEqual(read, { id: read.id, correlation: read.id, deadline: now + REQUEST_TIMEOUT_MS })
})

test("a value that cannot be in a header is refused by writer and reader", () => {
  const names = ["commandId", "correlation", "causation", "principal"] as const
  for (const value of ["", "a b", "a\r\nLeftfold-Principal: root", "a\n", "é", "x".repeat(257)]) {
    for (const name of names) {
      assert.throws(() => writeEnvelope({ [name]: value }, now), Invalid, `${name} ${value}`)
      const header = HEADER[name === "commandId" ? "id" : name]
      assert.throws(() => readEnvelope({ [header]: value }, now), Invalid, `${name} ${value}`)
    }
  }
})

test("an expected version is a whole number, 0 or more", () => {
  for (const expectedVersion of [-1, 0.5, NaN, Infinity, 2 ** 60]) {
    assert.throws(() => writeEnvelope({ expectedVersion }, now), Invalid)
  }
  for (const text of ["", " ", "-1", "0.5", "1e3", "0x10", "NaN", "three", "1".repeat(16)]) {
    assert.throws(() => readEnvelope({ [HEADER.expectedVersion]: text }, now), Invalid, text)
  }
  assert.equal(readEnvelope({ [HEADER.expectedVersion]: "0" }, now).expectedVersion, 0)
})

test("a deadline is a whole number of milliseconds", () => {
  for (const text of ["", "soon", "Infinity", "-1", "1.5", "NaN"]) {
    assert.throws(() => readEnvelope({ [HEADER.deadline]: text }, now), Invalid, text)
  }
  const { deadline } = readEnvelope(writeEnvelope({ timeoutMs: 0.5 }, now), now)
  assert.equal(deadline, now + 1)
})

test("a timeout below 0 or above a day is refused", () => {
  for (const timeoutMs of [-1, NaN, Infinity, 86_400_001]) {
    assert.throws(() => writeEnvelope({ timeoutMs }, now), Invalid, `${timeoutMs}`)
  }
})
