/** Tests on three servers: rejections are right although replicas lag, and hosts contend. */
import assert from "node:assert/strict"
import { after, before, type TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import process from "node:process"
import { jetstreamManager } from "@nats-io/jetstream"
import {
  type Client,
  createClient,
  logSubject,
  memoryWire,
  type NatsWire,
  natsWire,
} from "../../wire/internal.ts"
import type { CommandOf } from "../../contracts/internal.ts"
import { CuttableRoutes } from "../../app/development/chaos/cuttable-routes.ts"
import { type NatsCluster, ownCluster } from "../../testing/own-cluster.ts"
import { account, Accounts, Deposit, Open, Withdraw } from "../fixtures/account.ts"
import { saidOf } from "../fixtures/bank.ts"
import { wholeHistory } from "./history.ts"
import { startHost } from "./host.ts"
import { natsJournal } from "../journal/journal-nats.ts"
import { provisionStreams } from "../../app/operations/provision-nats.ts"

const ROUNDS = 60
const TIMEOUT_MS = 30_000

const stops: (() => Promise<void>)[] = []
const routes = new CuttableRoutes()
let cluster: NatsCluster
/** One connection to each server. */
let wires: NatsWire[] = []

before(async () => {
  stops.unshift(() => routes.close())
  cluster = await ownCluster({ after: (work) => void stops.unshift(work) }, {
    syncInterval: "always",
    monitored: true,
    between: routes.between,
  })
  wires = await Promise.all(
    cluster.servers.map(({ url }) => natsWire({ url, name: "cluster test" })),
  )
  for (const wire of wires) stops.unshift(() => wire.close())
  await provisionStreams(wires[0]!, ["bank"], { replicas: 3 })
})

after(async () => {
  for (const stop of stops) await stop()
})

/** A host whose log is in the cluster. Each has its own wire, so a test chooses the server. */
const clientOf = (scope: TestContext, log: NatsWire): Client => {
  const wire = memoryWire()
  const host = startHost({ actors: [account], wire, journal: natsJournal(log) })
  scope.after(async () => {
    await host.stop()
    await wire.close()
  })
  return createClient(wire)
}

const say = (
  client: Client,
  id: string,
  command: CommandOf<typeof Accounts>,
  commandId?: string,
) => saidOf(client.ask(Accounts, id, command, { timeoutMs: TIMEOUT_MS, commandId }))

/** How often one host rejects what another has just made possible. */
const wrongRejections = async (one: Client, other: Client, prefix: string): Promise<number> => {
  let wrong = 0
  const lane = async (lane: number) => {
    for (let round = 0; round < ROUNDS / 10; round++) {
      const id = `${prefix}-${lane}-${round}`
      // In every other round the second host knows the actor from before it was opened.
      if (round % 2 === 0) assert.equal(await say(other, id, Deposit({ amount: 1 })), "NotOpen")
      assert.match(await say(one, id, Open()), /^1 at /)
      const said = await say(other, id, Deposit({ amount: 1 }))
      if (said === "NotOpen") wrong++
      else assert.match(said, /^1 at .*version 2$/)
    }
  }
  await Promise.all(Array.from({ length: 10 }, (_, each) => lane(each)))
  return wrong
}

test("no host rejects what another made possible, whichever server it reads from", async (t) => {
  const [one, two, three] = wires.map((wire) => clientOf(t, wire))
  assert.equal(await wrongRejections(one!, two!, "a"), 0)
  assert.equal(await wrongRejections(two!, three!, "b"), 0)
  assert.equal(await wrongRejections(three!, one!, "c"), 0)
})

/** Which server leads the stream of the bank; -1 while none does. */
const leaderOf = async (): Promise<number> => {
  const options = { timeout: 1_000, checkAPI: false }
  const { streams } = await jetstreamManager(wires[0]!.connection, options)
  const info = await streams.info("bank").catch(() => undefined)
  const names = wires.map(({ connection }) => connection.info?.server_name)
  return names.indexOf(info?.cluster?.leader)
}

test("a host whose server slept through a commit rejects no command wrongly", async (t) => {
  const awake = await leaderOf()
  const asleep = (awake + 1) % 3
  const other = clientOf(t, wires[awake]!)
  const one = clientOf(t, wires[asleep]!)
  const { pid } = cluster.servers[asleep]!
  for (let round = 0; round < 8; round++) {
    const id = `slept-${round}`
    assert.equal(await say(one, id, Deposit({ amount: 1 })), "NotOpen")
    process.kill(pid, "SIGSTOP")
    try {
      assert.match(await say(other, id, Open()), /^1 at /)
    } finally {
      // Its host reads before its server hears of the commit.
      const asked = say(one, id, Deposit({ amount: 1 }))
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
      process.kill(pid, "SIGCONT")
      assert.match(await asked, /^1 at .*version 2$/)
    }
  }
})

test("hosts that contend for one actor lose no command and answer every caller", async (t) => {
  const clients = wires.map((wire) => clientOf(t, wire))
  const [first] = clients
  assert.match(await say(first!, "shared", Open(), "open"), /^1 at /)
  const ids = Array.from({ length: 300 }, (_, each) => `c-${each}`)
  const lanes = clients.map(async (client, lane) => {
    const said: string[] = []
    const mine = ids.filter((_, each) => each % 3 === lane)
    while (mine.length > 0) {
      const asked = mine.splice(0, 10)
      said.push(
        ...await Promise.all(
          asked.map((commandId) => say(client, "shared", Deposit({ amount: 1 }), commandId)),
        ),
      )
    }
    return said
  })
  const said = (await Promise.all(lanes)).flat()
  assert.deepEqual(said.filter((each) => !each.startsWith("1 at ")), [])
  const commits = await wholeHistory(natsJournal(wires[0]!), Accounts.name, "shared")
  const stored = commits.flatMap(({ events }) => events.map(({ command }) => command))
  assert.deepEqual(stored.toSorted(), ["open", ...ids].toSorted())
  for (const client of clients) {
    assert.equal(await say(client, "shared", Withdraw({ amount: 301 })), "Insufficient")
  }
})

/**
 * Lets the server that leads the cluster lead the stream as well, and resolves to it. Cut off, it
 * believes in both for ten seconds; another would soon answer nothing for want of a leader.
 */
const leadByLeader = async (): Promise<number> => {
  const response = await fetch(new URL("/jsz", cluster.servers[0]!.monitorUrl))
  const { meta_cluster: { leader: name } } = await response.json() as {
    meta_cluster: { leader: string }
  }
  const leader = wires.findIndex(({ connection }) => connection.info?.server_name === name)
  const { connection } = wires[leader]!
  const wanted = JSON.stringify({ placement: { preferred: name } })
  for (let led = await leaderOf(); led !== leader; led = await leaderOf()) {
    if (led < 0) continue
    await connection.request("$JS.API.STREAM.LEADER.STEPDOWN.bank", wanted).catch(() => {})
  }
  return leader
}

/** What a server takes for the last sequence of an account's log; nothing when it does not say. */
const lastAt = async ({ connection }: NatsWire, id: string): Promise<number | undefined> => {
  const question = JSON.stringify({ last_by_subj: logSubject(Accounts.name, id) })
  const reply = await connection.request("$JS.API.STREAM.MSG.GET.bank", question)
    .catch(() => undefined)
  return reply?.json<{ readonly message?: { readonly seq: number } }>().message?.seq
}

/** Cuts off the leader and asks the host there; resolves to whether the answer was outdated. */
const askAtCutLeader = async (t: TestContext, id: string): Promise<boolean> => {
  const cut = await leadByLeader()
  const [one, other] = [clientOf(t, wires[cut]!), clientOf(t, wires[(cut + 1) % 3]!)]
  assert.match(await say(one, id, Open()), /^1 at /)
  assert.equal(await say(one, id, Withdraw({ amount: 5 })), "Insufficient")
  const before = await lastAt(wires[cut]!, id)
  routes.cut(cut)
  t.after(() => routes.mend(cut))
  // This waits until the two that are left have elected another leader.
  assert.match(await say(other, id, Deposit({ amount: 5 })), /^1 at /)
  const past = await lastAt(wires[cut]!, id) === before
  const asked = say(one, id, Withdraw({ amount: 5 }))
  const early = await Promise.race([asked, say(other, id, Deposit({ amount: 1 }))])
  assert.match(early, /version 3$/, "the answer is not what the old leader knows")
  routes.mend(cut)
  assert.match(await asked, /^1 at .*version 4$/)
  return past
}

test("a host at a leader that was cut off rejects no command wrongly", async (t) => {
  // An election that takes long is over only when the old leader has given up as well.
  const ids = ["cut-1", "cut-2", "cut-3"]
  for (const id of ids) if (await askAtCutLeader(t, id)) return
  t.diagnostic("each time the old leader had given up before another was elected")
})
