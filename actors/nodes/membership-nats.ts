/**
 * Membership in a NATS key-value bucket: one key per node, which expires unless it is renewed. A
 * key is written on the condition that nobody else wrote it; nothing is decided from reading one.
 */
import { Schema } from "effect"
import { type KV, Kvm, type KvWatchEntry } from "@nats-io/kv"
import {
  bucketSubject,
  type NatsWire,
  NODES_BUCKET,
  reportError,
  reportWarning,
  requestOf,
  type Serving,
} from "../../wire/internal.ts"
import { schemaCodec, Unavailable } from "../../contracts/internal.ts"
import { MEMBERSHIP } from "../limits.ts"
import type { Membership, MembershipChange } from "./membership.ts"

const ANNOUNCE_TIMEOUT_MS = 1_000

const announcementCodec = schemaCodec(
  Schema.Struct({
    node: Schema.String,
    contexts: Schema.Array(Schema.String),
    version: Schema.String,
    load: Schema.Number,
    leaving: Schema.Boolean,
  }),
  "an announcement of a node",
)

/** The acknowledgement of a write, or why there is none; a conflict names the last revision. */
interface WriteAnswer {
  readonly seq?: number
  readonly error?: { readonly err_code: number; readonly description: string }
}

const WRONG_REVISION = 10071

const utf8 = new TextEncoder()
const text = new TextDecoder()

const unavailable = (reason: string) =>
  new Unavailable({ message: `the nodes in ${NODES_BUCKET} cannot be reached: ${reason}` })

const lastRevision = (description: string): number =>
  Number(/(\d+)\s*$/.exec(description)?.[1] ?? 0)

/** An entry as a change; nothing when another version of this program wrote what is not known. */
const changeOf = (entry: KvWatchEntry): MembershipChange | undefined => {
  if (entry.operation !== "PUT") return { type: "gone", node: entry.key }
  try {
    return { type: "announced", announcement: announcementCodec.decode(entry.json()) }
  } catch (error) {
    reportWarning(`the node ${entry.key} announces itself in words that are not known: ${error}`)
    return undefined
  }
}

type Entries = Awaited<ReturnType<KV["watch"]>>

/** One watcher. A silence longer than any node keeps means that the bucket is another one now. */
class Watching implements Serving {
  open = true
  readonly #changed: (change: MembershipChange) => void
  readonly #silence: ReturnType<typeof setInterval>
  #entries: Entries
  #heard = true

  constructor(entries: Entries, ttlMs: number, changed: (change: MembershipChange) => void) {
    this.#entries = entries
    this.#changed = changed
    this.#silence = setInterval(() => {
      if (!this.#heard) this.#entries.stop()
      this.#heard = false
    }, 3 * ttlMs)
  }

  /** Tells of each change until the watch ends. */
  async run(): Promise<void> {
    for await (const entry of this.#entries) {
      this.#heard = true
      const change = changeOf(entry)
      if (change && this.open) this.#changed(change)
    }
  }

  resume(entries: Entries): void {
    this.#entries = entries
    if (!this.open) entries.stop()
  }

  close = (): void => {
    this.open = false
    clearInterval(this.#silence)
    this.#entries.stop()
  }
}

class NatsMembership implements Membership {
  readonly ttlMs: number
  readonly #wire: NatsWire
  /** The revisions that this process wrote last, by node. */
  readonly #revisions = new Map<string, number>()

  constructor(wire: NatsWire, ttlMs: number) {
    this.#wire = wire
    this.ttlMs = ttlMs
  }

  announce: Membership["announce"] = async (announcement) => {
    const { node } = announcement
    const payload = utf8.encode(JSON.stringify(announcement))
    const { error, seq } = await this.#write(node, payload)
    if (error?.err_code !== WRONG_REVISION) return this.#written(node, seq, error?.description)
    // The key has expired meanwhile, because this process stood still: it is taken again.
    this.#revisions.set(node, lastRevision(error.description))
    const again = await this.#write(node, payload)
    this.#written(node, again.seq, again.error?.description)
  }

  watch: Membership["watch"] = async (changed) => {
    const watching = new Watching(await this.#entries(), this.ttlMs, changed)
    this.#follow(watching).catch((error) =>
      reportError("the nodes are no longer watched, and commands go to any node", error)
    )
    return watching
  }

  /**
   * Watches anew where watching ended, as when the bucket was made anew. Nobody is missed
   * meanwhile: who is not heard of is forgotten, and who is there says so again.
   */
  async #follow(watching: Watching): Promise<void> {
    await watching.run()
    while (watching.open) {
      await new Promise((resolve) => setTimeout(resolve, this.ttlMs / 3))
      if (!watching.open) return
      const entries = await this.#entries().catch(() => undefined)
      if (!entries) continue
      watching.resume(entries)
      await watching.run()
    }
  }

  async #entries(): Promise<Entries> {
    try {
      const kv = await new Kvm(this.#wire.connection).open(NODES_BUCKET, { bindOnly: true })
      return await kv.watch()
    } catch (error) {
      throw unavailable(error instanceof Error ? error.message : String(error))
    }
  }

  #written(node: string, revision: number | undefined, problem: string | undefined): void {
    if (revision === undefined) throw unavailable(problem ?? "the write was not acknowledged")
    this.#revisions.set(node, revision)
  }

  async #write(node: string, payload: Uint8Array): Promise<WriteAnswer> {
    const headers = {
      "Nats-TTL": `${Math.ceil(this.ttlMs / 1_000)}s`,
      "Nats-Expected-Last-Subject-Sequence": String(this.#revisions.get(node) ?? 0),
    }
    const subject = bucketSubject(NODES_BUCKET, node)
    const reply = await requestOf(this.#wire, subject, payload, headers, ANNOUNCE_TIMEOUT_MS)
    if (reply.type !== "reply") throw unavailable(reply.type)
    return JSON.parse(text.decode(reply.payload))
  }
}

/** Makes the membership that is kept in the bucket of this connection's account. */
export const natsMembership = (wire: NatsWire, ttlMs: number = MEMBERSHIP.ttlMs): Membership =>
  new NatsMembership(wire, ttlMs)
