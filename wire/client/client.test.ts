/** Tests of the client against responders in the test, which see the messages on the wire. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import { createClient } from "./client.ts"
import { decodeFields, encode, type PlainFormat, sniffFormat } from "../codec.ts"
import { Contract } from "../../contracts/contract.ts"
import { readEnvelope } from "../envelope.ts"
import { HEADER } from "../header.ts"
import * as errors from "../../contracts/errors.ts"
import { type Failure, rejectionProblem, toProblem } from "../../contracts/errors.ts"
import { Query } from "../../contracts/query.ts"
import { formatOf, respond, respondProblem } from "../serve.ts"
import type { Incoming } from "../wire.ts"
import { memoryWire } from "../memory/wire-memory.ts"
import { ownSeals } from "../identity/principal-seal.ts"

const Orders = Contract.define("orders.order", {
  commands: { Place: { customer: Schema.String, at: Schema.Date } },
  events: {},
  rejections: { AlreadyPlaced: { since: Schema.Date } },
})
const place = Orders.commands.Place({ customer: "ada", at: new Date(0) })
const accepted = { position: "orders:7", version: 3, events: 1 }

const Page = Query.define("orders.page", {
  params: { limit: Schema.FiniteFromString },
  result: Schema.Array(Schema.Date),
})

/** A client, on a wire where this responder answers all commands and queries. */
const seals = ownSeals()

const against = (responder: (message: Incoming) => void, format?: PlainFormat) => {
  const wire = memoryWire()
  wire.serve("cmd.>", responder)
  wire.serve("qry.>", responder)
  return { wire, client: createClient(wire, { format, seals }) }
}

const problems = (failure: Failure) => (message: Incoming) =>
  respondProblem(message, formatOf(message), toProblem(failure))

for (const format of ["json", "msgpack"] as PlainFormat[]) {
  describe(`in ${format}`, () => {
    test("a command is sent to its actor with its envelope, and is answered", async () => {
      const received: Incoming[] = []
      const { wire, client } = against((message) => {
        received.push(message)
        respond(wire, message, formatOf(message), accepted)
      }, format)
      const options = { commandId: "c-1", principal: "ada", expectedVersion: 2, timeoutMs: 1_000 }
      const answer = await client.ask(Orders, "o-1", place, options)
      assert.deepEqual(answer, { kind: "accepted", ...accepted })
      const [{ subject, headers, payload } = assert.fail()] = received
      assert.equal(subject, "cmd.orders.order.o-1.Place")
      assert.equal(headers[HEADER.contentType], undefined)
      assert.equal(sniffFormat(payload), format)
      assert.deepEqual(decodeFields(format, payload), {
        customer: "ada",
        at: "1970-01-01T00:00:00.000Z",
      })
      const { id, principal, expectedVersion, deadline } = readEnvelope(headers, Date.now())
      assert.deepEqual([id, principal, expectedVersion], ["c-1", "ada", 2])
      const claims = headers[HEADER.claims] ?? ""
      const claim = { principal: "ada", claims, messageId: "c-1", subject, payload }
      assert.ok(seals.isSealed(claim, headers[HEADER.principalSeal] ?? ""))
      assert.ok(Math.abs(deadline - Date.now() - 1_000) < 1_000)
    })

    test("without a key, no command is sent on somebody's behalf", async () => {
      const { wire } = against(() => assert.fail("it was sent"), format)
      const asking = createClient(wire, { format }).ask(Orders, "o-1", place, { principal: "ada" })
      const message = /key to seal Leftfold-Principal with: set LEFTFOLD_PRINCIPAL_KEYS/
      await assert.rejects(asking, { _tag: "Forbidden", message })
    })

    test("a rejection is returned with its type and decoded", async () => {
      const { client } = against((message) => {
        const since = "1970-01-01T00:00:00.000Z"
        respondProblem(message, formatOf(message), rejectionProblem("AlreadyPlaced", { since }))
      }, format)
      const answer = await client.ask(Orders, "o-1", place)
      assert.deepEqual(answer, Orders.rejections.AlreadyPlaced({ since: new Date(0) }))
      assert.deepEqual(await client.askPlain("orders.order", "o-1", "Place", {}), {
        kind: "rejection",
        type: "AlreadyPlaced",
        data: { since: "1970-01-01T00:00:00.000Z" },
      })
    })

    test("a query's result is decoded, with its position", async () => {
      const received: Incoming[] = []
      const { wire, client } = against((message) => {
        received.push(message)
        const headers = { [HEADER.position]: "orders:9" }
        respond(wire, message, formatOf(message), ["1970-01-01T00:00:00.000Z"], headers)
      }, format)
      const answer = await client.query(Page, { limit: 10 }, { after: "orders:7" })
      assert.deepEqual(answer, { result: [new Date(0)], position: "orders:9" })
      const [{ subject, headers, payload } = assert.fail()] = received
      assert.equal(subject, "qry.orders.page")
      assert.equal(headers[HEADER.after], "orders:7")
      assert.deepEqual(decodeFields(format, payload), { limit: "10" })
    })

    test("every failure in an answer is thrown as it was", async () => {
      const message = "what happened"
      const failures: Failure[] = [
        new errors.Invalid({ message, issues: [{ path: "a", message: "wrong" }] }),
        new errors.Malformed({ message }),
        new errors.UnsupportedFormat({ message }),
        new errors.NotFound({ message }),
        new errors.VersionMismatch({ message, expected: 1, actual: 2 }),
        new errors.TooLarge({ message }),
        new errors.Internal({ message, reference: "r" }),
        new errors.Unavailable({ message, retryAfterMs: 1 }),
        new errors.Overloaded({ message, retryAfterMs: 1 }),
        new errors.Timeout({ message }),
        new errors.StaleView({ message, asked: "a:2", at: "a:1" }),
      ]
      for (const failure of failures) {
        const { client } = against(problems(failure), format)
        const same = (thrown: unknown) => {
          assert.ok(errors.isFailure(thrown))
          assert.equal(thrown._tag, failure._tag)
          assert.deepEqual({ ...thrown }, { ...failure })
          return true
        }
        await assert.rejects(client.ask(Orders, "o-1", place, { timeoutMs: 100 }), same)
        await assert.rejects(client.query(Page, { limit: 1 }), same)
      }
    })
  })
}

test("silence is a timeout, and a missing responder is unavailable", async () => {
  const { wire, client } = against(() => {})
  await assert.rejects(client.ask(Orders, "o-1", place, { timeoutMs: 10 }), errors.Timeout)
  await assert.rejects(client.query(Page, { limit: 1 }, { timeoutMs: 10 }), errors.Timeout)
  const alone = createClient(memoryWire())
  const soon = { timeoutMs: 100 }
  await assert.rejects(alone.ask(Orders, "o-1", place, soon), /nobody serves it/)
  const pending = client.ask(Orders, "o-1", place, soon)
  wire.interrupt()
  await assert.rejects(pending, errors.Unavailable)
  await assert.rejects(client.ask(Orders, "o-1", place, soon), /connection is lost/)
})

test("a command that does not fit into a message is too large", async () => {
  const { client } = against(() => {})
  const large = Orders.commands.Place({ customer: "x".repeat(1_100_000), at: new Date(0) })
  await assert.rejects(client.ask(Orders, "o-1", large), errors.TooLarge)
})

test("an invalid command or query is refused before it is sent", async () => {
  const { client } = against(() => assert.fail("it was sent"))
  const ask = (id: string, type: string, options = {}) =>
    client.askPlain("orders.order", id, type, {}, options)
  for (const id of ["", "..", "a\n", "x".repeat(129)]) {
    await assert.rejects(ask(id, "Place"), errors.Invalid)
  }
  for (const type of ["", "A.B", "Place Order", ">", "*", "A\r\nPUB x 0"]) {
    await assert.rejects(ask("o-1", type), errors.NotFound)
  }
  for (const options of [{ commandId: "a b" }, { timeoutMs: -1 }, { expectedVersion: 0.5 }]) {
    await assert.rejects(ask("o-1", "Place", options), errors.Invalid)
  }
  await assert.rejects(client.query(Page, { limit: 1 }, { timeoutMs: NaN }), errors.Invalid)
})

test("a result that looks like a problem is a result", async () => {
  const row = { type: "urn:leftfold:rejection", title: "NotFound", status: 404 }
  const { wire, client } = against((message) => respond(wire, message, formatOf(message), row))
  assert.deepEqual((await client.queryPlain("orders.page", {})).result, row)
})

test("an answer that no actor gives is an internal failure, not an acceptance", async () => {
  const answers: unknown[] = [{ stream: "orders", seq: 1 }, null, [], {}, {
    ...accepted,
    events: "1",
  }]
  for (const answer of answers) {
    const { wire, client } = against((message) => respond(wire, message, "json", answer))
    await assert.rejects(client.ask(Orders, "o-1", place), errors.Internal, JSON.stringify(answer))
  }
})

test("an answer that cannot be read is an internal failure, not the caller's fault", async () => {
  const answers: [Uint8Array, Record<string, string>][] = [
    [new TextEncoder().encode("{"), {}],
    [encode("json", {}), { [HEADER.contentType]: "text/plain" }],
    [encode("json", {}), { [HEADER.error]: "Elsewhere" }],
    [encode("json", ["never"]), {}],
  ]
  for (const [payload, headers] of answers) {
    const { client } = against((message) => message.respond(payload, headers))
    await assert.rejects(client.query(Page, { limit: 1 }), errors.Internal)
  }
  const { client } = against((message) =>
    respondProblem(message, formatOf(message), rejectionProblem("Unheard", {}))
  )
  await assert.rejects(client.ask(Orders, "o-1", place), errors.Internal)
})
