/**
 * Membership over NATS. A node announces itself by a key of a bucket, which expires unless it is
 * renewed. Watchers receive the same message as the bucket, so no program needs to read the bucket:
 * it is there for people. A node that is present announces itself again when a newcomer asks.
 */
import {
  announcedSubject,
  bucketSubject,
  decodeText,
  encodeText,
  EXPECTED_SEQUENCE,
  type Incoming,
  JETSTREAM_ERROR,
  NODES_BUCKET,
  NODES_SUBJECT,
  requestOf,
  type Wire,
} from "../../wire/internal.ts"
import { Unavailable } from "../../contracts/internal.ts"
import { MEMBERSHIP, REQUESTS } from "../limits.ts"
import type { Membership } from "./membership.ts"
import { NodeWatch } from "./node-watch-nats.ts"

/** The acknowledgement of a write, or why it failed; a conflict names the last revision. */
interface WriteAnswer {
  readonly seq?: number
  readonly error?: { readonly err_code: number; readonly description: string }
}

/** The last announcement of a node by this process, and until when it is valid. */
interface Said {
  readonly payload: Uint8Array
  readonly untilMs: number
}

const unavailable = (reason: string) =>
  new Unavailable({ message: `the nodes in ${NODES_BUCKET} cannot be reached: ${reason}` })

const lastRevision = (description: string): number =>
  Number(/(\d+)\s*$/.exec(description)?.[1] ?? 0)

class NatsMembership implements Membership {
  readonly ttlMs: number
  readonly #wire: Wire
  /** The revisions that this process wrote last, by node. */
  readonly #revisions = new Map<string, number>()
  readonly #said = new Map<string, Said>()
  #answering = false

  constructor(wire: Wire, ttlMs: number) {
    this.#wire = wire
    this.ttlMs = ttlMs
  }

  announce: Membership["announce"] = async (announcement) => {
    const { node } = announcement
    const payload = encodeText(JSON.stringify(announcement))
    this.#say(node, payload)
    // Leaf nodes pass no subjects of buckets on from a server with a JetStream of its own.
    if (this.#wire.names.domain !== "") this.#wire.publish(announcedSubject(node), payload)
    const { error, seq } = await this.#write(node, payload)
    if (error?.err_code !== JETSTREAM_ERROR.wrongLastSequence) {
      return this.#written(node, seq, error?.description)
    }
    // The key expired because this process stood still, so it is written again.
    this.#revisions.set(node, lastRevision(error.description))
    const again = await this.#write(node, payload)
    this.#written(node, again.seq, again.error?.description)
  }

  watch: Membership["watch"] = (changed) => {
    if (!this.#wire.connected()) return Promise.reject(unavailable("the connection is lost"))
    return Promise.resolve(new NodeWatch(this.#wire, this.ttlMs, changed))
  }

  /** Sets what a newcomer is told when it asks which nodes are present. */
  #say(node: string, payload: Uint8Array): void {
    const nowMs = performance.now()
    for (const [other, { untilMs }] of this.#said) if (untilMs < nowMs) this.#said.delete(other)
    this.#said.set(node, { payload, untilMs: nowMs + this.ttlMs })
    if (this.#answering) return
    this.#answering = true
    this.#wire.serve(NODES_SUBJECT, (message) => this.#answer(message))
  }

  #answer(message: Incoming): void {
    const nowMs = performance.now()
    for (const { payload, untilMs } of this.#said.values()) {
      if (untilMs >= nowMs) message.respond(payload)
    }
  }

  #written(node: string, revision: number | undefined, problem: string | undefined): void {
    if (revision === undefined) throw unavailable(problem ?? "the write was not acknowledged")
    this.#revisions.set(node, revision)
  }

  async #write(node: string, payload: Uint8Array): Promise<WriteAnswer> {
    const headers = {
      "Nats-TTL": `${Math.ceil(this.ttlMs / 1_000)}s`,
      [EXPECTED_SEQUENCE]: String(this.#revisions.get(node) ?? 0),
    }
    const subject = bucketSubject(NODES_BUCKET, node)
    const reply = await requestOf(this.#wire, subject, payload, headers, REQUESTS.announcementMs)
    if (reply.type !== "reply") throw unavailable(reply.type)
    return JSON.parse(decodeText(reply.payload))
  }
}

/** Makes a membership that is kept in the bucket of this connection's account. */
export const natsMembership = (wire: Wire, ttlMs: number = MEMBERSHIP.ttlMs): Membership =>
  new NatsMembership(wire, ttlMs)
