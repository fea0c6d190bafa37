/** A watch of the nodes: hears their announcements, and forgets nodes that fall silent. */
import { Schema } from "effect"
import {
  announcedSubject,
  bucketSubject,
  decode,
  type Incoming,
  limited,
  NO_BYTES,
  NODES_BUCKET,
  NODES_SUBJECT,
  reportWarning,
  type Serving,
  type Wire,
} from "../../wire/internal.ts"
import { ID, schemaCodec } from "../../contracts/internal.ts"
import { MEMBERSHIP } from "../limits.ts"
import type { MembershipChange } from "./membership.ts"

const announcementCodec = schemaCodec(
  Schema.Struct({
    // A node's name becomes a token of the subjects under which commands are sent to it.
    node: Schema.String.check(Schema.isPattern(ID)),
    contexts: Schema.Array(Schema.String),
    version: Schema.String,
    load: Schema.Number,
    leaving: Schema.Boolean,
  }),
  "an announcement of a node",
)

/** The header by which clients of NATS delete a key of a bucket, and its values. */
const KV_OPERATION = "KV-Operation"
const DELETED: ReadonlySet<string> = new Set(["DEL", "PURGE"])

const ALL = bucketSubject(NODES_BUCKET, "*")
const BEFORE_KEY = ALL.length - 1

/** Reports the nodes that are present, from its start until it is closed. */
export class NodeWatch implements Serving {
  readonly #wire: Wire
  readonly #ttlMs: number
  readonly #changed: (change: MembershipChange) => void
  readonly #serving: readonly Serving[]
  readonly #inbox: string
  /** When each node last announced itself, in milliseconds from any start. */
  readonly #heard = new Map<string, number>()
  readonly #timer: ReturnType<typeof setInterval>
  readonly #warn = limited(reportWarning, MEMBERSHIP.warnings)
  #lookedMs = performance.now()

  constructor(wire: Wire, ttlMs: number, changed: (change: MembershipChange) => void) {
    this.#wire = wire
    this.#ttlMs = ttlMs
    this.#changed = changed
    this.#inbox = wire.inbox()
    this.#serving = [
      wire.serve(ALL, (message) => this.#announced(message)),
      ...wire.names.domain === "" ? [] : [
        wire.serve(
          announcedSubject("*"),
          ({ subject, payload }) => this.#hear(payload, subject.slice(announcedSubject("").length)),
        ),
      ],
      // If no node is present, the server answers with an empty message.
      wire.serve(this.#inbox, ({ payload }) => payload.length > 0 && this.#hear(payload)),
      wire.onStatus((connected) => connected && this.#ask()),
    ]
    this.#timer = setInterval(() => this.#look(), ttlMs / 3)
    this.#ask()
  }

  close = (): void => {
    clearInterval(this.#timer)
    for (const { close } of this.#serving) close()
  }

  #ask(): void {
    this.#wire.publish(NODES_SUBJECT, NO_BYTES, this.#inbox)
  }

  /**
   * Hears a message of the bucket. A key that was deleted by hand has a header that says so. Empty
   * answers of the nats-server have none, and other roles can have these sent to any subject.
   */
  #announced({ subject, payload, headers }: Incoming): void {
    const key = subject.slice(BEFORE_KEY)
    if (payload.length > 0) return this.#hear(payload, key)
    if (!DELETED.has(headers[KV_OPERATION] ?? "")) return
    if (this.#heard.delete(key)) this.#changed({ type: "gone", node: key })
  }

  /** Hears an announcement. Another version of the code may send one that is unknown here. */
  #hear(payload: Uint8Array, key?: string): void {
    try {
      if (payload.length > MEMBERSHIP.announcementBytes) throw new Error("it is too long")
      const announcement = announcementCodec.decode(decode("json", payload))
      const { node } = announcement
      if (key !== undefined && key !== node) throw new Error(`it is of ${node}`)
      if (!this.#heard.has(node) && this.#heard.size >= MEMBERSHIP.nodes) {
        throw new Error(`there are ${MEMBERSHIP.nodes} nodes already`)
      }
      this.#heard.set(node, performance.now())
      this.#changed({ type: "announced", announcement })
    } catch (error) {
      const whose = key === undefined ? "a node" : `the node ${key}`
      this.#warn(`an announcement of ${whose} is not taken: ${error}`)
    }
  }

  #look(): void {
    const nowMs = performance.now()
    // If this process stood still, announcements of that time still wait to be heard.
    const isLate = nowMs - this.#lookedMs > this.#ttlMs / 2
    this.#lookedMs = nowMs
    if (isLate) return
    for (const [node, heardMs] of this.#heard) {
      if (nowMs - heardMs <= this.#ttlMs) continue
      this.#heard.delete(node)
      this.#changed({ type: "gone", node })
    }
  }
}
