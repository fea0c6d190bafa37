/** Tests of unknown outcomes: only a caller that repeats a command after an outage says so. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { createClient } from "./client.ts"
import { UnknownOutcomes } from "./unknown-outcomes.ts"
import { HEADER } from "../header.ts"
import { Invalid, Timeout, toProblem, Unavailable } from "../../contracts/errors.ts"
import { respondProblem } from "../serve.ts"
import { memoryWire } from "../memory/wire-memory.ts"
import { UNKNOWN_OUTCOMES } from "../limits.ts"

test("a client that was not told what became of a command says that it asks again", async () => {
  const wire = memoryWire()
  const failures = [new Unavailable({ message: "not now" }), new Invalid({ message: "not so" })]
  const retries: (string | undefined)[] = []
  wire.serve("cmd.>", (message) => {
    const failure = failures[Math.min(1, retries.length)]!
    retries.push(message.headers[HEADER.retry])
    respondProblem(message, "json", toProblem(failure))
  })
  const client = createClient(wire, { retry: false })
  const ask = (commandId?: string) =>
    assert.rejects(client.askPlain("orders.order", "o-1", "Place", {}, { commandId }))
  for (const commandId of ["c-1", "c-1", "c-2", "c-2", undefined]) await ask(commandId)
  assert.deepEqual(retries, [undefined, "true", undefined, undefined, undefined])
})

test("no more unknown outcomes are kept than may be, and the oldest go first", () => {
  const unknownOutcomes = new UnknownOutcomes()
  for (let each = 0; each <= UNKNOWN_OUTCOMES; each++) {
    unknownOutcomes.add(`c-${each}`, new Timeout({ message: "nobody answered" }))
  }
  assert.deepEqual([unknownOutcomes.has("c-0"), unknownOutcomes.has("c-1")], [false, true])
})
