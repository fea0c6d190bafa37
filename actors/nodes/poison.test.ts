/** Tests of a command that hangs or kills each node it reaches: no third node gets it. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import {
  commandsSubject,
  createClient,
  HEADER,
  type Incoming,
  memoryWire,
  ownedSubjects,
  parseCommandSubject,
  type Reply,
  respond,
  serveLiveness,
  serveService,
  type Wire,
} from "../../wire/internal.ts"
import { isFailure } from "../../contracts/internal.ts"
import { KnownNodes } from "./known-nodes.ts"
import { announced } from "./membership.suite.ts"
import { Relay } from "./relay.ts"

const NAME = "bank.account"
const NODES = ["a", "b", "c", "d", "e", "f"]
const accepted = { position: "bank:1", version: 1, events: 1 }

const knowing = (): KnownNodes => {
  const knownNodes = new KnownNodes()
  for (const node of NODES) knownNodes.hear({ type: "announced", announcement: announced(node) })
  return knownNodes
}

/** A node that relays and serves, until a command named `Poison` hangs it or kills it. */
class Victim {
  readonly #wire: Wire
  readonly #kills: boolean
  readonly #closing: (() => void)[] = []
  poisoned = false

  constructor(wire: Wire, node: string, kills: boolean) {
    this.#wire = wire
    this.#kills = kills
    const relay = new Relay({ wire, node, routes: knowing(), inFlight: 100, patienceMs: 150 })
    this.#serve(ownedSubjects(node, NAME), (message) => this.#execute(message))
    this.#serve(commandsSubject(NAME), (message) => {
      if (!relay.take(message, NAME, (each) => this.#execute(each))) this.#execute(message)
    })
    const info = { name: "bank", id: node, version: "1.0.0", description: "", endpoints: () => [] }
    // A process that hangs answers nothing at all, neither liveness nor service requests.
    const shy: Wire = {
      ...wire,
      serve: (subject, handler, queue) => this.#serve(subject, handler, queue ?? ""),
    }
    serveLiveness(shy, node)
    serveService(shy, info)
  }

  #serve(subject: string, handler: (message: Incoming) => void, queue = "actors") {
    const whileWell = (message: Incoming) => {
      if (!this.poisoned) handler(message)
    }
    const served = queue === ""
      ? this.#wire.serve(subject, whileWell)
      : this.#wire.serve(subject, whileWell, queue)
    this.#closing.push(served.close)
    return served
  }

  #execute(message: Incoming): void {
    if (this.poisoned) return
    if (parseCommandSubject(message.subject).type !== "Poison") {
      return respond(this.#wire, message, "json", accepted)
    }
    this.poisoned = true
    if (this.#kills) { for (const close of this.#closing) close() }
  }
}

const stand = (kills: boolean) => {
  const wire = memoryWire()
  const victims = NODES.map((node) => new Victim(wire, node, kills))
  return { wire, poisoned: () => victims.filter(({ poisoned }) => poisoned).length }
}

const retry = { patienceMs: 100, anyPatienceMs: 40, pauseMs: 5, longestPauseMs: 20 }

const senders = {
  "by a client that knows the nodes": (wire: Wire) => {
    const client = createClient(wire, { routes: knowing(), retry })
    return (id: string, type: string, timeoutMs: number) =>
      client.askPlain(NAME, id, type, {}, { timeoutMs })
  },
  "by a client that does not know them": (wire: Wire) => {
    const client = createClient(wire, { retry })
    return (id: string, type: string, timeoutMs: number) =>
      client.askPlain(NAME, id, type, {}, { timeoutMs })
  },
  "by a plain request": (wire: Wire) => (id: string, type: string, timeoutMs: number) =>
    new Promise<Reply>((resolve, reject) =>
      wire.request(
        `cmd.${NAME}.${id}.${type}`,
        new TextEncoder().encode("{}"),
        { [HEADER.id]: `c-${id}-${type}` },
        timeoutMs,
        (reply) => reply.type === "reply" ? resolve(reply) : reject(reply),
      )
    ),
}

for (const kills of [false, true]) {
  for (const [how, sender] of Object.entries(senders)) {
    const verb = kills ? "kills" : "hangs"
    test(`a command that ${verb} its nodes reaches two at most, sent ${how}`, async (t) => {
      await Promise.all(
        Array.from({ length: 8 }, (_, each) => poison(t, kills, `p-${each}`, sender)),
      )
    })
  }
}

const poison = async (
  t: TestContext,
  kills: boolean,
  id: string,
  sender: (typeof senders)[keyof typeof senders],
) => {
  const { wire, poisoned } = stand(kills)
  t.after(() => wire.close())
  await assert.rejects(sender(wire)(id, "Poison", 1_500), (failure) => {
    if (isFailure(failure)) assert.match(failure.message, /2 nodes fell silent on it/)
    return true
  })
  assert.ok(poisoned() >= 1 && poisoned() <= 2, `${poisoned()} nodes of ${NODES.length}`)
  const others = createClient(wire, { routes: knowing(), retry })
  const honest = Array.from({ length: 12 }, (_, each) => `${id}-${each}`)
  for (
    const answer of await Promise.all(honest.map((each) => others.askPlain(NAME, each, "Open", {})))
  ) {
    assert.equal(answer.kind, "accepted")
  }
}
