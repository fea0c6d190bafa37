/**
 * Tests of forged membership and liveness, over raw sockets, as each user of NATS: nobody but nodes
 * can announce a node or have one forgotten, and nodes that lie stop no command.
 */
import assert from "node:assert/strict"
import { after, before } from "node:test"
import { test } from "../../../testing/test.ts"
import { App } from "../../../app/mod.ts"
import type { User } from "../../../app/operations/users.ts"
import { shop } from "../../../examples/shop/main.ts"
import { until } from "../../../testing/until.ts"
import type { RawNats, RawPublish } from "./raw-nats.ts"
import { IDENTITY, SpiedShop } from "./spied-shop.ts"

const POLICY = "policy_orders_checkout-steps"

/** All that a role may have the nats-server answer, with and without a payload. */
const REQUESTS: Partial<Record<User, readonly Pick<RawPublish, "subject" | "payload">[]>> = {
  projections: [
    { subject: "$JS.API.DIRECT.GET.stock.evt.stock._skips.1" },
    { subject: "$JS.API.STREAM.INFO.stock" },
    { subject: "$JS.API.STREAM.MSG.GET.stock", payload: '{"seq":1}' },
  ],
  policies: [
    { subject: "$JS.API.DIRECT.GET.orders.evt.orders._skips.1" },
    { subject: `$JS.API.CONSUMER.INFO.orders.${POLICY}` },
    { subject: `$JS.API.CONSUMER.MSG.NEXT.orders.${POLICY}`, payload: '{"expires":1000000}' },
  ],
  actors: [
    { subject: "$JS.API.DIRECT.GET.stock", payload: '{"seq":99999}' },
    { subject: "$JS.API.INFO" },
  ],
}

const ITEMS = 8

/** Nobody is taken for somebody else here: the rules of the shop hold. */
const { principalKeys } = IDENTITY

const cleaning: (() => Promise<void>)[] = []
let spied: SpiedShop
let spy: RawNats

before(async () => {
  const scope = { after: (work: () => Promise<void>) => void cleaning.push(work) }
  spied = await SpiedShop.start(scope, { principalKeys })
  const given = { ...spied.addresses, principalKeys, databaseUrl: "" }
  const other = await App.start(shop, { ...given, roles: ["actors"] })
  cleaning.push(() => other.stop())
  spy = await spied.as("spy")
})

after(async () => {
  for (const work of cleaning.reverse()) await work()
})

/** The nodes to which a client sends commands for several items now. */
const asked = async (): Promise<ReadonlySet<string>> => {
  const from = spy.messages.length
  for (let item = 0; item < ITEMS; item++) {
    await spied.app.client.askPlain("stock.item", `item-${item}`, "ReceiveStock", { quantity: 1 })
  }
  await spy.flush()
  const sent = spy.messages.slice(from).filter(({ subject }) => /ReceiveStock$/.test(subject))
  // A command without an owner goes to any node.
  return new Set(
    sent.map(({ subject }) => subject.startsWith("own.") ? subject.split(".")[1]! : "*"),
  )
}

test("only nodes say which nodes there are, and none that lies stops a command", async () => {
  const keys = () =>
    new Set(
      spy.messages.flatMap(({ subject }) =>
        /^\$KV\.leftfold_nodes\.(.+)$/.exec(subject)?.[1] ?? []
      ),
    )
  await until(() => keys().size === 2)
  const nodes = [...keys()]
  await until(async () => (await asked()).size === 2)

  for (const [user, requests = []] of Object.entries(REQUESTS)) {
    const nats = await spied.as(user as User)
    for (const request of requests) {
      for (const node of nodes) {
        for (const reply of [`$KV.leftfold_nodes.${node}`, `own.${node}`, "qry.leftfold.nodes"]) {
          nats.publish({ ...request, reply })
        }
      }
    }
    await nats.flush()
    assert.deepEqual(nats.errors, [], `${user} may ask all of this`)
    assert.deepEqual(await asked(), new Set(nodes), `after answers to ${user}`)
  }

  // Only the user of nodes can lie about nodes. That slows commands down, and stops none.
  const liar = await spied.as("actors")
  const lie = (key: string, payload: string | object, headers: readonly string[] = []) =>
    liar.publish({
      subject: `$KV.leftfold_nodes.${key}`,
      headers,
      payload: typeof payload === "string" ? payload : JSON.stringify(payload),
    })
  const fake = (node: string, change: object = {}) => ({
    ...{ node, contexts: ["stock", "orders"], version: "1", load: 0, leaving: false },
    ...change,
  })
  for (
    const wrong of [
      ...["{", "null", "[]", `"${"x".repeat(20_000)}"`, "[".repeat(10_000), '{"__proto__":{}}'],
      ...[{}, fake("other"), fake("*"), fake("x.y"), fake("x", { contexts: "stock" })],
      ...[fake("x", { load: "1" }), fake("x", { node: "x\r\nPUB evt.x 0" })],
    ]
  ) lie("x", wrong)
  await liar.flush()
  assert.deepEqual(await asked(), new Set(nodes), "after announcements that are none")
  for (let count = 0; count < 2_000; count++) lie(`fake-${count}`, fake(`fake-${count}`))
  for (const node of nodes) {
    lie(node, fake(node, { leaving: true }))
    lie(node, fake(node, { contexts: [] }))
    lie(node, "", ["KV-Operation: DEL"])
  }
  await liar.flush()
  const began = performance.now()
  assert.ok((await asked()).size > 0)
  assert.ok(performance.now() - began < ITEMS * 2_000, "no command took two seconds")
  // The nodes that are there announce themselves again, and the others are forgotten.
  await until(async () => {
    const now = await asked()
    return now.size === 2 && nodes.every((node) => now.has(node))
  })
})

/** A message as the spy has heard it, for somebody who sends it again. */
const keptFrom = (subject: RegExp) => {
  const { subject: heard, headers, payload } = spy.messages.find((each) =>
    subject.test(each.subject)
  )!
  const lines = headers.split("\r\n").slice(1).filter((line) => line !== "")
  return { subject: heard.replace(/^own\.[^.]+/, "cmd"), headers: lines, payload }
}

const changed = (lines: readonly string[], name: string, value: string | undefined) => [
  ...lines.filter((line) => !line.startsWith(`${name}:`)),
  ...(value === undefined ? [] : [`${name}: ${value}`]),
]

test("who hears a sealed command can only repeat it, and a guessed id is of no use", async () => {
  const { client } = spied.app
  const place = { customer: "ada", lines: [{ sku: "item-0", quantity: 1, price: 1 }] }
  const as = (principal: string, commandId: string, expectedVersion: number | string) => ({
    principal,
    claims: {},
    commandId,
    expectedVersion,
  })
  const own = as("ada", "order-17", "!*")
  const first = await client.askPlain("orders.order", "mine", "PlaceOrder", place, own)
  assert.equal(first.kind, "accepted")
  await spy.flush()
  const kept = keptFrom(/orders\.order\.mine\.PlaceOrder$/)
  const caller = await spied.as("caller")
  let questions = 0
  const said = async (message: RawPublish): Promise<string> => {
    const answer = await caller.request({ ...message, reply: `_INBOX_caller.k${questions++}` })
    const code = /Nats-Service-Error-Code: *(\d+)/.exec(answer?.headers ?? "")?.[1]
    return code ?? (answer ? "accepted" : "silence")
  }
  assert.equal(await said(kept), "accepted")
  const { headers, subject } = kept
  const later = String(Date.now() + 60_000)
  const names = headers.map((line) => line.split(":")[0]!)
  for (const name of ["Leftfold-Claims", "Leftfold-Deadline", "Leftfold-Expected-Version"]) {
    assert.ok(names.includes(name), name)
    for (const value of [undefined, "", "{}", "3", later]) {
      const code = await said({ ...kept, headers: changed(headers, name, value) })
      assert.equal(code, "403", `${name}: ${value}`)
    }
  }
  for (
    const [name, value] of [
      ...["application/json", "application/protobuf", "application/msgpack", ""].map((each) =>
        ["Content-Type", each] as const
      ),
      ["Leftfold-Asked-Since", "1"],
      ["Leftfold-Command-Id", "order-18"],
      ["Leftfold-Principal", "staff"],
      ["Leftfold-Principal-Seal", "A".repeat(43)],
    ] as const
  ) {
    const code = await said({ ...kept, headers: changed(headers, name, value) })
    assert.match(code, name === "Content-Type" ? /^4(03|15)$/ : /^403$/, `${name}: ${value}`)
  }
  for (const other of ["orders.order.other.PlaceOrder", "orders.order.mine.CancelOrder"]) {
    assert.equal(await said({ ...kept, subject: `cmd.${other}` }), "403", other)
  }
  // Without a seal: nobody, whatever id is guessed. No answer, no version.
  for (const condition of ["0", "1", "99", "*", "!*"]) {
    const lines = ["Leftfold-Command-Id: order-17", `Leftfold-Expected-Version: ${condition}`]
    const payload = '{"reason":"x"}'
    const cancel = { subject: "cmd.orders.order.mine.CancelOrder", headers: lines, payload }
    assert.equal(await said(cancel), "401", condition)
    assert.equal(await said({ subject, headers: lines, payload: JSON.stringify(place) }), "401")
  }
  // Another user may send this command, and is told no version by its condition.
  for (const condition of [0, 99]) {
    const bobs = as("bob", "order-17", condition)
    const answer = client.askPlain("orders.order", "mine", "CancelOrder", { reason: "x" }, bobs)
    const told = await answer.then(({ kind }) => kind, ({ _tag }) => String(_tag))
    assert.notEqual(told, "VersionMismatch")
  }
  assert.deepEqual(await client.askPlain("orders.order", "mine", "PlaceOrder", place, own), first)
})
