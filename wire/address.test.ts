/** Tests of the subjects: their spelling, what they refuse, and the slice of an id. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { connect } from "nats"
import { ownNats } from "../testing/own-servers.ts"
import {
  checkType,
  commandSubject,
  logSubject,
  ownedSubject,
  ownedSubjects,
  parseCommandSubject,
  parseLogSubject,
  relayedSubject,
  serviceSubjects,
  sliceOf,
} from "./address.ts"
import { Invalid, NotFound } from "../contracts/errors.ts"

const bad = ["", "a.b", "a*", "*", ">", "a b", " ", "a\n", "é", "日本", "a/b", "a:b", "💥", "\0"]

test("a text that cannot be the name of a command is not found", () => {
  for (const type of [...bad, "placeOrder", "Place-Order", "9Lives", "X".repeat(10_000)]) {
    assert.throws(() => checkType(type), (error) => {
      return error instanceof NotFound && error.message.length < 200
    })
  }
})

test("a command's subject is read as it was written", () => {
  const subject = commandSubject("orders.order", "o-1", "PlaceOrder")
  assert.equal(subject, "cmd.orders.order.o-1.PlaceOrder")
  assert.deepEqual(parseCommandSubject(subject), {
    name: "orders.order",
    id: "o-1",
    type: "PlaceOrder",
    trusted: false,
  })
})

test("the subject of a policy's command says so, to any node and to one", () => {
  const subject = commandSubject("orders.order", "o-1", "PlaceOrder", true)
  assert.equal(subject, "cmd.orders.order.o-1.PlaceOrder.policy")
  const owned = ownedSubject("n-1", "orders.order", "o-1", "PlaceOrder", true)
  assert.equal(relayedSubject("n-1", subject), owned)
  for (const each of [subject, owned]) {
    const { name, id, type, trusted } = parseCommandSubject(each)
    assert.deepEqual([name, id, type, trusted], ["orders.order", "o-1", "PlaceOrder", true])
  }
  for (
    const other of ["cmd.a.b.c.Place.Policy", "cmd.a.b.c.Place.policies", "cmd.a.b.c.d.policy"]
  ) {
    assert.throws(() => parseCommandSubject(other), other)
  }
})

test("a command to one node names the same actor, relayed or sent directly", () => {
  const subject = ownedSubject("n-1", "orders.order", "o-1", "PlaceOrder")
  assert.equal(subject, "own.n-1.orders.order.o-1.PlaceOrder")
  assert.equal(relayedSubject("n-1", "cmd.orders.order.o-1.PlaceOrder"), subject)
  assert.equal(ownedSubjects("n-1", "orders.order"), "own.n-1.orders.order.>")
  const address = { name: "orders.order", id: "o-1", type: "PlaceOrder", trusted: false }
  assert.deepEqual(parseCommandSubject(subject), address)
  assert.throws(() => parseCommandSubject("own.n-1.a.b.c.d.Place"), Invalid)
  assert.throws(() => parseCommandSubject("own.n-1.a.b.c"), NotFound)
})

test("a service is asked together with all services, with those of its name, or alone", () => {
  assert.deepEqual(serviceSubjects("PING", "orders", "n-1"), [
    "$SRV.PING",
    "$SRV.PING.orders",
    "$SRV.PING.orders.n-1",
  ])
})

test("a command's subject with too many tokens has an id with a dot, which is refused", () => {
  for (const subject of ["cmd.a.b.c.d.Place", "cmd.a.b.c.Place.", "cmd.a.b...P"]) {
    assert.throws(() => parseCommandSubject(subject), Invalid, subject)
  }
  assert.throws(() => parseCommandSubject(`cmd.a.b.${"x.".repeat(5_000)}Place`), Invalid)
})

test("a command's subject with too few tokens is refused", () => {
  for (const subject of ["", "cmd", "cmd.a.b", "cmd.a.b."]) {
    assert.throws(() => parseCommandSubject(subject), Invalid, subject)
  }
  assert.throws(() => parseCommandSubject("cmd.a.b.c"), NotFound)
  assert.throws(() => parseCommandSubject("cmd.a.b.c.>"), NotFound)
})

test("a log's subject is read as it was written", () => {
  assert.match(logSubject("orders.order", "o-1"), /^evt\.orders\.order\.\d+\.o-1$/)
  assert.deepEqual(parseLogSubject(logSubject("orders.order", "o-1")), {
    name: "orders.order",
    id: "o-1",
  })
})

test("the slice of an id is its FNV-1a hash of 32 bits modulo 256", () => {
  const published: Record<string, number> = {
    "": 0x811c9dc5,
    a: 0xe40c292c,
    b: 0xe70c2de5,
    c: 0xe60c2c52,
    fo: 0x6222e842,
    foo: 0xa9f37ed7,
    foob: 0x3f5076ef,
    fooba: 0x39aaa18a,
    foobar: 0xbf9cf968,
  }
  for (const [id, hash] of Object.entries(published)) assert.equal(sliceOf(id), hash % 256, id)
})

test("the slice of an id is the one that NATS' own partition() computes", async (t) => {
  const mappings = { "in.*": "out.{{partition(256,1)}}.{{wildcard(1)}}" }
  const { url } = await ownNats(t, { config: { mappings } })
  const connection = await connect({ servers: url })
  const ids = Array.from({ length: 500 }, (_, index) => `${"x".repeat(index % 100)}-${index}`)
  const seen: string[] = []
  connection.subscribe("out.>", { callback: (_error, { subject }) => void seen.push(subject) })
  for (const id of ids) connection.publish(`in.${id}`)
  await connection.flush()
  assert.deepEqual(seen, ids.map((id) => `out.${sliceOf(id)}.${id}`))
  await connection.close()
})
