/** Tests of a host whose real server dies under load: acked commands and repeats are known. */
import assert from "node:assert/strict"
import { describe, type TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import { type Client, createClient, type NatsWire, natsWire } from "../../wire/internal.ts"
import { ownNats } from "../../testing/own-servers.ts"
import { account, Accounts, Deposit, Open, Withdraw } from "../fixtures/account.ts"
import { saidOf } from "../fixtures/bank.ts"
import { checkChain, wholeHistory } from "./history.ts"
import { startHost } from "./host.ts"
import { natsJournal } from "../journal/journal-nats.ts"
import { provisionStreams } from "../../app/operations/provision-nats.ts"
import { natsSnapshots } from "../journal/snapshots-nats.ts"

const ACTORS = ["a-1", "a-2", "a-3", "a-4"]
const LANES = 32
const OUTAGES = new Set(["Unavailable", "Timeout", "Overloaded"])

interface Bank {
  readonly client: Client
  readonly nodeWire: NatsWire
  readonly clientWire: NatsWire
}

/** A host and a client, each with a connection of its own. */
const bankOn = async (scope: TestContext, url: string): Promise<Bank> => {
  const [nodeWire, clientWire] = [
    await natsWire({ url, name: "node" }),
    await natsWire({ url, name: "client" }),
  ]
  await provisionStreams(nodeWire, ["bank"])
  const host = startHost({
    actors: [account],
    wire: nodeWire,
    journal: natsJournal(nodeWire),
    snapshots: natsSnapshots(nodeWire),
    limits: { appendTimeoutMs: 1_000 },
  })
  await nodeWire.connection.flush()
  scope.after(async () => {
    await host.stop()
    await Promise.all([nodeWire.close(), clientWire.close()])
  })
  return { client: createClient(clientWire, { retry: false }), nodeWire, clientWire }
}

/** Resolves when this wire is connected the next time. */
const reconnected = (wire: NatsWire): Promise<void> =>
  new Promise((resolve) => {
    const watching = wire.onStatus((connected) => {
      if (!connected) return
      watching.close()
      resolve()
    })
  })

interface Asked {
  readonly actor: string
  readonly commandId: string
  said: string
}

/** Deposits concurrently until it is stopped; calls back after each answer. */
class Load {
  readonly asked: Asked[] = []
  readonly #client: Client
  readonly #wire: NatsWire
  #stopped = false
  #wanted: { count: number; resolve: () => void } | undefined
  #accepted = 0

  constructor({ client, clientWire }: Bank) {
    this.#client = client
    this.#wire = clientWire
  }

  get accepted(): number {
    return this.#accepted
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: LANES }, (_, lane) => this.#lane(lane)))
  }

  stop(): void {
    this.#stopped = true
  }

  /** Resolves when `count` more commands have been accepted. */
  more(count: number): Promise<void> {
    return new Promise((resolve) => this.#wanted = { count: this.#accepted + count, resolve })
  }

  async #lane(lane: number): Promise<void> {
    for (let each = 0; !this.#stopped; each++) {
      const asked = { actor: ACTORS[(lane + each) % 4]!, commandId: `c-${lane}-${each}`, said: "" }
      this.asked.push(asked)
      asked.said = await depositOf(this.#client, asked, 2_000)
      if (!asked.said.startsWith("1 at ")) {
        if (!this.#wire.connected()) await reconnected(this.#wire)
        continue
      }
      this.#accepted++
      if (this.#wanted && this.#accepted >= this.#wanted.count) this.#wanted.resolve()
    }
  }
}

const depositOf = (client: Client, { actor, commandId }: Asked, timeoutMs: number) =>
  saidOf(client.ask(Accounts, actor, Deposit({ amount: 1 }), { commandId, timeoutMs }))

const checkLog = async (wire: NatsWire, asked: readonly Asked[]): Promise<number> => {
  let total = 0
  for (const actor of ACTORS) {
    const commits = await wholeHistory(natsJournal(wire), Accounts.name, actor)
    checkChain(Accounts.name, actor, commits)
    assert.equal(commits[0]?.base, 0)
    const places = new Map<string, string>()
    for (const { sequence, base, events } of commits) {
      for (const [index, { command }] of events.entries()) {
        assert.ok(!places.has(command), `${command} is stored twice`)
        places.set(command, `1 at bank:${sequence}, version ${base + index + 1}`)
      }
    }
    for (const each of asked.filter((one) => one.actor === actor && one.said.startsWith("1 at "))) {
      assert.equal(each.said, places.get(each.commandId), `${each.commandId} was acked`)
    }
    total += places.size
  }
  return total
}

describe("a server that goes away under load", () => {
  for (const how of ["kill", "stop"] as const) {
    test(`${how}: no acked command is lost, repeats are answered`, async (t) => {
      const server = await ownNats(t, { syncInterval: "always" })
      const bank = await bankOn(t, server.url)
      const { client, nodeWire, clientWire } = bank
      for (const actor of ACTORS) {
        assert.match(await saidOf(client.ask(Accounts, actor, Open())), /^1 at/)
      }
      const load = new Load(bank)
      const running = load.run()
      await load.more(300)
      for (let times = 0; times < 2; times++) {
        const back = Promise.all([reconnected(nodeWire), reconnected(clientWire)])
        await server[how]()
        await server.restart()
        await back
        await load.more(300)
      }
      load.stop()
      await running
      const others = load.asked.filter(({ said }) => !said.startsWith("1 at "))
      assert.ok(others.length > 0, "the server was away while commands were sent")
      assert.deepEqual(others.filter(({ said }) => !OUTAGES.has(said)), [])
      const before = await checkLog(nodeWire, load.asked)
      assert.ok(before >= load.accepted)
      for (const asked of load.asked) asked.said = await depositOf(client, asked, 5_000)
      const total = await checkLog(nodeWire, load.asked)
      assert.equal(total, load.asked.length + ACTORS.length)
      assert.deepEqual(load.asked.filter(({ said }) => !said.startsWith("1 at ")), [])
      const beyond = Withdraw({ amount: load.asked.length + 1 })
      assert.equal(await saidOf(client.ask(Accounts, "a-1", beyond)), "Insufficient")
    })
  }
})
