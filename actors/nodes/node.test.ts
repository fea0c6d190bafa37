/** Tests of several nodes: owners, relays, nodes that leave, and two owners at once. */
import assert from "node:assert/strict"
import { after, before, type TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import {
  type Client,
  createClient,
  decode,
  MemoryLog,
  memoryWire,
  type NatsWire,
  natsWire,
  NO_HEADERS,
  requestOf,
} from "../../wire/internal.ts"
import { createAccount } from "../../testing/namespace.ts"
import { account, Accounts, Deposit, Open } from "../fixtures/account.ts"
import { saidOf } from "../fixtures/bank.ts"
import { memoryJournal } from "../journal/journal-memory.ts"
import { natsJournal } from "../journal/journal-nats.ts"
import type { Membership } from "./membership.ts"
import { memoryMembership } from "./membership-memory.ts"
import { natsMembership } from "./membership-nats.ts"
import { newNode, type RunningNode, startNode } from "./node.ts"
import { provisionStreams } from "../../app/operations/provision-nats.ts"
import { followNodes, type KnownNodes } from "./known-nodes.ts"
import { memorySnapshots } from "../journal/snapshots-memory.ts"
import { Load } from "../fixtures/witness.ts"

const NAME = Accounts.name

let url: string
/** The connection of the caller. */
let wire: NatsWire

before(async () => {
  url = await createAccount()
  wire = await natsWire({ url, name: "node test" })
  await provisionStreams(wire, ["bank"])
})

after(() => wire.close())

interface Started {
  readonly node: RunningNode
  readonly knownNodes: KnownNodes
  readonly wire: NatsWire
}

/** Starts a node on a connection of its own, with its known nodes. */
const start = async (t: TestContext, membership: Membership): Promise<Started> => {
  const own = await natsWire({ url, name: "node" })
  const { knownNodes, close } = await followNodes(membership)
  const snapshots = memorySnapshots()
  const parts = { actors: [account], wire: own, journal: natsJournal(own), snapshots }
  const node = await startNode({ ...parts, membership, knownNodes, version: "1.2.3" })
  await own.connection.flush()
  t.after(async () => {
    await node.stop()
    close()
    await own.close()
  })
  return { node, knownNodes, wire: own }
}

const startThree = async (t: TestContext, membership: Membership): Promise<Started[]> => [
  await start(t, membership),
  await start(t, membership),
  await start(t, membership),
]

const follow = async (t: TestContext, membership: Membership): Promise<KnownNodes> => {
  const { knownNodes, close } = await followNodes(membership)
  t.after(close)
  return knownNodes
}

const requestsOf = (nodes: readonly Started[]): number[] =>
  nodes.map(({ node }) => node.statisticsByActor.get(NAME)?.requests ?? 0)

const openAll = async (client: Client, prefix: string, count: number) => {
  const ids = Array.from({ length: count }, (_, each) => `${prefix}-${each}`)
  for (const id of ids) assert.match(await saidOf(client.ask(Accounts, id, Open())), /^1 at /)
  return ids
}

test("every command is served by the owner, sent there or relayed", async (t) => {
  const membership = memoryMembership()
  const nodes = await startThree(t, membership)
  const knownNodes = await follow(t, membership)
  const ids = Array.from({ length: 60 }, (_, each) => `owned-${each}`)
  const expected = nodes.map(({ node }) =>
    ids.filter((id) => knownNodes.nodeOf(NAME, id, 0) === node.node).length
  )
  assert.ok(expected.every((count) => count > 0))
  await openAll(createClient(wire, { routes: knownNodes }), "owned", ids.length)
  assert.deepEqual(requestsOf(nodes), expected)
  const plain = createClient(wire)
  for (const id of ids) await plain.ask(Accounts, id, Deposit({ amount: 1 }))
  assert.deepEqual(requestsOf(nodes), expected.map((count) => 2 * count))
})

test("nodes that all take themselves for the owner give no wrong answer", async (t) => {
  // Each node, and each client, knows of one node: so every account has three owners at once.
  const memberships = [memoryMembership(), memoryMembership(), memoryMembership()]
  const clients: Client[] = []
  const nodes: Started[] = []
  for (const membership of memberships) {
    nodes.push(await start(t, membership))
    clients.push(createClient(wire, { routes: await follow(t, membership) }))
  }
  const load = await Load.start(clients, 3, "shared")
  await load.more(1_200)
  await load.stop()
  assert.deepEqual(load.witness.failures(), [])
  const rejected = await load.witness.check(natsJournal(wire))
  assert.ok(rejected > 100, `${rejected} were rejected`)
  assert.ok(requestsOf(nodes).every((count) => count > 150), "all nodes served the accounts")
})

test("a leaving node finishes its commands, and other nodes own its slices", async (t) => {
  const membership = memoryMembership()
  const nodes = await startThree(t, membership)
  const knownNodes = await follow(t, membership)
  const load = await Load.start(
    [createClient(wire, { routes: knownNodes }), createClient(wire)],
    20,
    "l",
  )
  const [first, ...others] = nodes as [Started, ...Started[]]
  await load.more(300)
  await first.node.stop()
  const served = requestsOf([first])
  assert.equal(first.node.residents(), 0)
  await load.more(300)
  await load.stop()
  assert.deepEqual(requestsOf([first]), served)
  assert.deepEqual(load.witness.failures(), [])
  await load.witness.check(natsJournal(wire))
  const left = others.map(({ node }) => node.node).sort()
  assert.deepEqual([...knownNodes.placementOf(NAME).nodes], left)
})

test("nodes find each other in the bucket, and report to the tools", async (t) => {
  const nodes = [await start(t, natsMembership(wire)), await start(t, natsMembership(wire))]
  const knownNodes = await follow(t, natsMembership(wire))
  const both = nodes.map(({ node }) => node.node).sort()
  const known = ({ knownNodes }: { knownNodes: KnownNodes }) =>
    new Promise<void>((resolve) => {
      const check = () => both.every((each) => knownNodes.placementOf(NAME).nodes.includes(each))
      if (check()) return resolve()
      knownNodes.onChange(() => check() && resolve())
    })
  await Promise.all([...nodes, { knownNodes }].map(known))
  const client = createClient(wire, { routes: knownNodes })
  await openAll(client, "tools", 20)
  await assert.rejects(client.askPlain(NAME, "tools-1", "Deposit", { amount: "much" }))
  let [requests, errors] = [0, 0]
  for (const { node: { node } } of nodes) {
    const subject = `$SRV.STATS.bank.${node}`
    const reply = await requestOf(wire, subject, new Uint8Array(), NO_HEADERS, 5_000)
    assert.ok(reply.type === "reply")
    const stats = decode("json", reply.payload) as Record<string, unknown>
    assert.deepEqual([stats.name, stats.id, stats.version], ["bank", node, "1.2.3"])
    const [endpoint] = stats.endpoints as Record<string, unknown>[]
    assert.equal(endpoint?.name, "account")
    assert.equal(endpoint?.subject, "cmd.bank.account.>")
    assert.equal(endpoint?.queue_group, "actors")
    assert.ok(Number(endpoint?.processing_time) > 0)
    requests += Number(endpoint?.num_requests)
    errors += Number(endpoint?.num_errors)
  }
  assert.deepEqual([requests, errors], [21, 1])
})

/** The answers of all instances that serve this subject, by the instance's id. */
const askAll = async (subject: string, count: number) => {
  const answers = new Map<string, Record<string, unknown>>()
  const options = { strategy: "count", maxWait: 5_000, maxMessages: count } as const
  for await (const message of await wire.connection.requestMany(subject, "", options)) {
    const answer = message.json<Record<string, unknown>>()
    answers.set(String(answer.id), answer)
  }
  return answers
}

test("all nodes answer the tools as ADR-32 says, and their counts go up", async (t) => {
  const nodes = await startThree(t, memoryMembership())
  const ids = nodes.map(({ node }) => node.node)
  const standard = { name: "bank", version: "1.2.3", metadata: {} }
  const endpoint = { name: "account", subject: "cmd.bank.account.>", queue_group: "actors" }
  for (const subject of ["$SRV.PING", "$SRV.PING.bank"]) {
    const pings = await askAll(subject, 3)
    for (const id of ids) {
      assert.deepEqual(pings.get(id), { type: "io.nats.micro.v1.ping_response", id, ...standard })
    }
  }
  const infos = await askAll("$SRV.INFO", 3)
  for (const id of ids) {
    const type = "io.nats.micro.v1.info_response"
    const description = "The actors of the context bank"
    const metadata = {
      commands: Object.keys(Accounts.codec.schemas("command")).join(" "),
      events: Object.keys(Accounts.codec.schemas("event")).join(" "),
      rejections: Object.keys(Accounts.codec.schemas("rejection")).join(" "),
      formats: "application/json application/msgpack application/protobuf",
    }
    const endpoints = [{ ...endpoint, metadata }]
    assert.deepEqual(infos.get(id), { type, id, ...standard, description, endpoints })
  }
  const statsOf = async () => {
    const stats = await askAll("$SRV.STATS.bank", 3)
    return ids.map((id) => {
      const { started, endpoints, ...rest } = stats.get(id)!
      assert.deepEqual(rest, { type: "io.nats.micro.v1.stats_response", id, ...standard })
      assert.equal(new Date(String(started)).toISOString(), started)
      const [{ num_requests, num_errors, processing_time, average_processing_time, ...names }] =
        endpoints as [Record<string, unknown>]
      assert.deepEqual(names, { ...endpoint, last_error: "" })
      assert.equal(num_errors, 0)
      const [requests, all] = [Number(num_requests), Number(processing_time)]
      assert.equal(average_processing_time, requests === 0 ? 0 : Math.floor(all / requests))
      return requests
    })
  }
  assert.deepEqual(await statsOf(), [0, 0, 0])
  const knownNodes = await follow(t, memoryMembership())
  await openAll(createClient(wire, { routes: knownNodes }), "adr", 30)
  const first = await statsOf()
  assert.equal(first.reduce((sum, each) => sum + each, 0), 30)
  await openAll(createClient(wire, { routes: knownNodes }), "more", 30)
  const second = await statsOf()
  assert.ok(second.every((requests, index) => requests >= first[index]!))
  assert.equal(second.reduce((sum, each) => sum + each, 0), 60)
})

test("a single node is announced, answers, and leaves at once", async (t) => {
  const inProcess = memoryWire()
  const membership = memoryMembership()
  const knownNodes = await follow(t, membership)
  const journal = memoryJournal(new MemoryLog())
  const parts = { actors: [account], wire: inProcess, journal, snapshots: memorySnapshots() }
  const node = await startNode({ ...parts, membership, knownNodes })
  assert.deepEqual(knownNodes.nodes.map(({ contexts, leaving }) => [contexts, leaving]), [[
    ["bank"],
    false,
  ]])
  const client = createClient(inProcess, { routes: knownNodes })
  await openAll(client, "alone", 3)
  const started = performance.now()
  await node.stop()
  assert.ok(performance.now() - started < 200)
  assert.deepEqual(knownNodes.nodes.map(({ leaving }) => leaving), [true])
  await node.stop()
})

test("nodes have names of their own that can be part of a subject", () => {
  const [one, other] = [newNode(), newNode()]
  assert.notEqual(one, other)
  for (const node of [one, other]) assert.match(node, /^[A-Za-z0-9_-]{10,128}$/)
})
