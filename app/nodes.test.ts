/** Tests of nodes as processes on a real server: rolled, killed and paused under load. */
import assert from "node:assert/strict"
import process from "node:process"
import type { TestContext } from "node:test"
import { test } from "../testing/test.ts"
import { Load } from "../actors/fixtures/witness.ts"
import { followNodes, type KnownNodes, natsJournal, natsMembership } from "../actors/internal.ts"
import { provisionStreams } from "./operations/provision-nats.ts"
import { type Client, createClient, type NatsWire, natsWire } from "../wire/internal.ts"
import { ownNats } from "../testing/own-servers.ts"
import { type Program, startProgram } from "../testing/program.ts"

const ACCOUNTS = 12

interface Stand {
  readonly url: string
  readonly wire: NatsWire
  readonly knownNodes: KnownNodes
  /** One client that knows the nodes and one that does not. */
  readonly clients: readonly Client[]
}

const makeStand = async (t: TestContext): Promise<Stand> => {
  const { url } = await ownNats(t)
  const wire = await natsWire({ url, name: "caller" })
  await provisionStreams(wire, ["bank"])
  const { knownNodes, close } = await followNodes(natsMembership(wire))
  t.after(async () => {
    close()
    await wire.close()
  })
  return {
    url,
    wire,
    knownNodes,
    clients: [createClient(wire, { routes: knownNodes }), createClient(wire)],
  }
}

/** Resolves once `wanted` holds for the known nodes. */
const until = (knownNodes: KnownNodes, wanted: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    if (wanted()) return resolve()
    const watching = knownNodes.onChange(() => {
      if (!wanted()) return
      watching.close()
      resolve()
    })
  })

const staying = (knownNodes: KnownNodes): string[] =>
  knownNodes.nodes.filter(({ leaving }) => !leaving).map(({ node }) => node)

/** Starts nodes together; resolves once all of them are known nodes. */
const startNodes = async (t: TestContext, { url, knownNodes }: Stand, count: number) => {
  const before = new Set(staying(knownNodes))
  const isNew = (node: string) => !before.has(node)
  const environment = { ROLES: "actors", NATS_URL: url }
  const programs = Array.from(
    { length: count },
    () => startProgram(t, "testing/start-bank-node.ts", environment),
  )
  const failed = Promise.race(programs.map(async (program) => {
    await program.exited
    throw new Error(program.output())
  }))
  failed.catch(() => {})
  await Promise.race([
    until(knownNodes, () => staying(knownNodes).filter(isNew).length === count),
    failed,
  ])
  return { programs, nodes: staying(knownNodes).filter(isNew) }
}
/** Starts three nodes; resolves to the first. */
const startThree = async (t: TestContext, stand: Stand) => {
  const { programs: [program], nodes: [node] } = await startNodes(t, stand, 1)
  await startNodes(t, stand, 2)
  return { program, node } as { program: Program; node: string }
}

const owners = ({ knownNodes }: Stand): readonly string[] =>
  knownNodes.placementOf("bank.account").nodes

const check = async (load: Load, { wire }: Stand, t: TestContext): Promise<void> => {
  await load.stop()
  assert.deepEqual(load.witness.failures(), [])
  const rejected = await load.witness.check(natsJournal(wire))
  assert.ok(rejected > 0, "there were rejections to check")
  const took = load.witness.seen.map(({ sentMs, doneMs }) => doneMs - sentMs).sort((a, b) => a - b)
  const [p99, worst] = [took[Math.floor(took.length * 0.99)]!, took.at(-1)!]
  t.diagnostic(`${took.length} commands, ${rejected} rejected, p99 ${p99} ms, worst ${worst} ms`)
}

test("a rolling restart of three nodes under load fails no command", async (t) => {
  const stand = await makeStand(t)
  const old = await startNodes(t, stand, 3)
  const load = await Load.start(stand.clients, ACCOUNTS)
  await startNodes(t, stand, 3)
  for (const program of old.programs) {
    await load.more(200)
    program.send("SIGTERM")
    assert.equal(await program.exited, 0, program.output())
    await load.more(200)
  }
  assert.equal(owners(stand).length, 3)
  assert.ok(!owners(stand).some((node) => old.nodes.includes(node)))
  await check(load, stand, t)
})

test("killing one of three nodes under load fails no command", async (t) => {
  const stand = await makeStand(t)
  const { program, node } = await startThree(t, stand)
  const load = await Load.start(stand.clients, ACCOUNTS)
  await load.more(500)
  program.send("SIGKILL")
  await program.exited
  await load.more(500)
  await until(stand.knownNodes, () => !staying(stand.knownNodes).includes(node))
  await load.more(200)
  assert.equal(owners(stand).length, 2)
  await check(load, stand, t)
})

test("a node that was paused resumes on a changed log, and answers nothing wrong", async (t) => {
  const stand = await makeStand(t)
  const { program, node } = await startThree(t, stand)
  const load = await Load.start(stand.clients, ACCOUNTS)
  await load.more(500)
  process.kill(program.pid, "SIGSTOP")
  await until(stand.knownNodes, () => !staying(stand.knownNodes).includes(node))
  // Some clients without known nodes still ask the paused node, and wait.
  await load.more(100)
  // The node still receives everything that was sent to it, and its memory is out of date.
  process.kill(program.pid, "SIGCONT")
  await until(stand.knownNodes, () => staying(stand.knownNodes).includes(node))
  await load.more(500)
  await check(load, stand, t)
})
