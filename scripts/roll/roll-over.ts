/** A roll: releases replace each other node by node, forward and back, while commands arrive. */
import assert from "node:assert/strict"
import { setTimeout } from "node:timers/promises"
import { followNodes, type KnownNodes, natsMembership } from "../../actors/internal.ts"
import { NotFound, Overloaded } from "../../contracts/internal.ts"
import { checkSchemas, lockApp, NOTHING_LOCKED, provisionStreams } from "../../app/internal.ts"
import { type Client, createClient, type NatsWire, natsWire } from "../../wire/internal.ts"
import { ownCluster } from "../../testing/own-cluster.ts"
import { ownPostgres } from "../../testing/own-servers.ts"
import { type Program, startProgram } from "../../testing/program.ts"
import type { TestScope } from "../../testing/temporary-folder.ts"
import { until } from "../../testing/until.ts"
import { Crates, Later, Letters, releaseOf } from "./releases.ts"

/** How much is tried. */
export interface RollOptions {
  /** How many commands arrive between two changes of the nodes. */
  readonly commands: number
  /** How many crates there are. */
  readonly crates: number
  /** How long a caller pauses after each answer, in milliseconds. */
  readonly pauseMs: number
  /** How long each command may take, in milliseconds. */
  readonly deadlineMs: number
  /** Told what happens. */
  readonly report: (what: string) => void
}

/** What happened in a roll. */
export interface RollReport {
  readonly commands: number
  readonly rejected: number
  /** How often a node put a command off, because it had no room to write a refusal. */
  readonly putOff: number
  readonly shipments: number
  /** The longest time that a command took, in milliseconds. */
  readonly worstMs: number
  /** How long side effects and rows took after the last command, in milliseconds. */
  readonly settledMs: number
  /** The events that nodes of the first release could not read. */
  readonly unread: readonly string[]
  /** The events for which `check` says that nodes of the first release wait. */
  readonly predicted: readonly string[]
}

const CALLERS = 8
/** How often a command that a node puts off is asked at most. */
const PUT_OFF = 5
/** How many servers keep each message. */
const REPLICAS = 3
/** How long side effects and rows may take after the last command, in milliseconds. */
const SETTLE_MS = 30_000

/** Commands from several callers, each with an id of its own, until they are stopped. */
class Load {
  readonly failures: unknown[] = []
  readonly shipments = new Map<string, number>()
  readonly left = new Map<string, number>()
  rejected = 0
  putOff = 0
  done = 0
  worstMs = 0
  #stopped = false
  readonly #callers: readonly Promise<void>[]
  readonly #clients: readonly Client[]
  readonly #options: RollOptions

  constructor(clients: readonly Client[], options: RollOptions) {
    this.#clients = clients
    this.#options = options
    this.#callers = Array.from({ length: CALLERS }, (_, caller) => this.#call(caller))
  }

  /** Resolves once so many more commands are answered, or one has failed. */
  async more(commands: number): Promise<void> {
    const wanted = this.done + commands
    const within = this.#options.deadlineMs * 4
    await until(() => this.done >= wanted || this.failures.length > 0, { within })
    assert.deepEqual(this.failures, [], "no command fails for good")
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#callers)
  }

  async #call(caller: number): Promise<void> {
    const { crates, pauseMs } = this.#options
    for (let round = 0; !this.#stopped && this.failures.length === 0; round++) {
      const crate = `c-${(round * CALLERS + caller) % crates}`
      // By the visits of a crate: each gets 5, and ships 2 and then 4, as long as it has them.
      const visit = Math.floor((round * CALLERS + caller) / crates)
      const client = this.#clients[round % this.#clients.length]!
      const began = performance.now()
      try {
        await this.#ask(client, crate, `k-${caller}-${round}`, visit % 3 * 2)
      } catch (error) {
        this.failures.push(error)
      }
      this.worstMs = Math.max(this.worstMs, Math.round(performance.now() - began))
      this.done++
      if (pauseMs > 0) await setTimeout(pauseMs)
    }
  }

  /** Asks again, with the same id, what a node puts off because it cannot write a refusal now. */
  async #ask(client: Client, crate: string, commandId: string, amount: number): Promise<void> {
    for (let times = 1;; times++) {
      try {
        return await this.#askOnce(client, crate, commandId, amount)
      } catch (error) {
        if (!(error instanceof Overloaded) || times === PUT_OFF) throw error
        this.putOff++
        await setTimeout(error.retryAfterMs)
      }
    }
  }

  async #askOnce(client: Client, crate: string, commandId: string, amount: number): Promise<void> {
    const ships = amount > 0
    const [type, fields] = ships ? ["Ship", { amount, to: "Bern" }] : ["Add", { amount: 5 }]
    const options = { commandId, timeoutMs: this.#options.deadlineMs }
    const answer = await client.askPlain(Crates.name, crate, type as string, fields, options)
    if (answer.kind === "rejection") return void this.rejected++
    this.#count(this.left, crate, ships ? -amount : 5)
    if (ships) this.#count(this.shipments, crate, 1)
  }

  #count(counts: Map<string, number>, crate: string, by: number): void {
    counts.set(crate, (counts.get(crate) ?? 0) + by)
  }
}

/** The nodes of both releases. */
class Nodes {
  readonly #scope: TestScope
  readonly #environment: Readonly<Record<string, string>>
  readonly #knownNodes: KnownNodes
  readonly running: { readonly release: string; readonly program: Program }[] = []
  readonly #outputs: (() => string)[] = []

  constructor(scope: TestScope, environment: Record<string, string>, knownNodes: KnownNodes) {
    this.#scope = scope
    this.#environment = environment
    this.#knownNodes = knownNodes
  }

  async start(release: string): Promise<void> {
    const before = this.#staying()
    const isHere = () => this.#staying().some((name) => !before.includes(name))
    const environment = { ...this.#environment, RELEASE: release }
    const program = startProgram(this.#scope, "scripts/roll/node.ts", environment)
    const ended = program.exited.then(() => {
      throw new Error(program.output())
    })
    ended.catch(() => {})
    await Promise.race([until(isHere, { within: 60_000 }), ended])
    this.running.push({ release, program })
    if (release === "1") this.#outputs.push(program.output)
  }

  /** Stops the oldest node of a release in good order, or kills it. */
  async stop(release: string, kill: boolean): Promise<void> {
    const index = this.running.findIndex((node) => node.release === release)
    const [node] = this.running.splice(index, 1)
    node!.program.send(kill ? "SIGKILL" : "SIGTERM")
    const code = await node!.program.exited
    if (!kill) assert.equal(code, 0, node!.program.output())
  }

  /** What nodes of the first release have said of events that they cannot read. */
  unread(): string[] {
    const found = this.#outputs.flatMap((output) =>
      [
        ...output().matchAll(/: (\w+) was written under schema (\d+)/g),
      ].map(([, type, version]) => `${Crates.name} ${type} v${version}`)
    )
    const unknown = this.#outputs.flatMap((output) =>
      [
        ...output().matchAll(/depot\.crate has no event (\w+)/g),
      ].map(([, type]) => `${Crates.name} ${type} v1`)
    )
    return [...new Set([...found, ...unknown])].toSorted()
  }

  #staying(): string[] {
    return this.#knownNodes.nodes.filter(({ leaving }) => !leaving).map(({ node }) => node)
  }
}

/** The events of the next release for which `check` says that the first release waits. */
const predicted = (): readonly string[] => {
  const { locks } = lockApp(releaseOf("1"), NOTHING_LOCKED)
  const { findings } = checkSchemas(releaseOf("2"), locks, { values: 100 })
  const broken = findings.filter(({ severity }) => severity === "breaks")
  assert.deepEqual(broken, [], "the next release breaks nothing")
  return findings.filter(({ severity }) => severity === "waits").map(({ subject }) => subject)
    .toSorted()
}

/** Throws unless states, rows and side effects are those of the commands that were accepted. */
const checked = async (client: Client, load: Load): Promise<void> => {
  const end = performance.now() + SETTLE_MS
  const within = () => ({ within: Math.max(1, end - performance.now()) })
  for (const [id, left] of load.left) {
    const { result } = await client.queryPlain(Later.name, { id })
    assert.deepEqual((result as { state: unknown }).state, { grams: left * 1_000 }, id)
    const shipped = load.shipments.get(id) ?? 0
    // A letter too many would never go away, so waiting for the right number is not enough.
    const letters = () => lettersOf(client, id)
    await until(async () => await letters() >= shipped, within()).catch(async (error) => {
      throw new Error(`${await letters()} of ${shipped} letters of ${id}`, { cause: error })
    })
    const row = () => rowOf(client, "depot.list", id)
    await until(async () => (await row() as { shipped?: number })?.shipped === shipped, within())
    assert.deepEqual(await row(), { id, grams: left * 1_000, shipped })
  }
  for (const [id] of load.left) {
    assert.equal(await lettersOf(client, id), load.shipments.get(id) ?? 0, `letters of ${id}`)
  }
}

const rowOf = async (client: Client, view: string, key: string): Promise<unknown> => {
  const found = await client.queryPlain(view, { key }).catch(() => undefined)
  return found?.result
}

const lettersOf = async (client: Client, id: string): Promise<number> => {
  try {
    const { result } = await client.queryPlain(Letters.name, { id })
    return (result as { state: number }).state
  } catch (error) {
    if (error instanceof NotFound) return 0
    throw error
  }
}

const connected = async (scope: TestScope, url: string): Promise<NatsWire> => {
  const wire = await natsWire({ url, name: "caller" })
  scope.after(() => wire.close())
  return wire
}

/**
 * Rolls three nodes to the next release, two of them back, and forward again, under load, on three
 * nats-servers. Each second node that goes is killed. Rejects if a command fails for good, if a
 * state or a row is wrong, if a side effect is missing or there twice, or if `schema check` has not
 * said which events old nodes cannot read.
 */
export const rollOver = async (scope: TestScope, options: RollOptions): Promise<RollReport> => {
  const { commands, report } = options
  const [cluster, postgres] = await Promise.all([
    ownCluster(scope, { syncInterval: "always" }),
    ownPostgres(scope),
  ])
  const { url: natsUrl } = cluster
  const wire = await connected(scope, natsUrl)
  await provisionStreams(wire, ["depot"], { replicas: REPLICAS })
  const { knownNodes, close } = await followNodes(natsMembership(wire))
  scope.after(() => Promise.resolve(close()))
  const environment = {
    ROLES: "actors,projections,policies",
    NATS_URL: natsUrl,
    DATABASE_URL: postgres.url,
    LEFTFOLD_REPLICAS: `${REPLICAS}`,
  }
  const nodes = new Nodes(scope, environment, knownNodes)
  for (let node = 0; node < 3; node++) await nodes.start("1")
  const clients = [createClient(wire, { routes: knownNodes }), createClient(wire)]
  const load = new Load(clients, options)
  let changes = 0
  const change = async (from: string, to: string) => {
    await nodes.start(to)
    await load.more(commands)
    // Each second one dies with commands and events in its hands.
    const kill = ++changes % 2 === 0
    await nodes.stop(from, kill)
    await load.more(commands)
    const releases = nodes.running.map(({ release }) => release).join(", ")
    report(`release ${releases}: ${load.done}${kill ? ", the last one was killed" : ""}`)
  }
  await load.more(commands)
  for (let node = 0; node < 3; node++) await change("1", "2")
  // One node of the next release stays: nothing else can decide for actors with its events.
  for (let node = 0; node < 2; node++) await change("2", "1")
  for (let node = 0; node < 2; node++) await change("1", "2")
  await load.stop()
  assert.deepEqual(load.failures, [], "no command fails for good")
  const began = performance.now()
  await checked(clients[0]!, load)
  const { done, rejected, putOff, worstMs } = load
  const shipments = [...load.shipments.values()].reduce((sum, each) => sum + each, 0)
  const settledMs = Math.round(performance.now() - began)
  assert.ok(shipments > 0 && rejected > 0, "some were shipped, and some had too little")
  const [unread, foretold] = [nodes.unread(), predicted()]
  const surprise = unread.filter((event) => !foretold.includes(event))
  assert.deepEqual(surprise, [], "check has said for which events the first release waits")
  assert.ok(unread.length > 0, "the first release met events of the next one")
  const counts = { commands: done, rejected, putOff, shipments }
  return { ...counts, worstMs, settledMs, unread, predicted: foretold }
}
