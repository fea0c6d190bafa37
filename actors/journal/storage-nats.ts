/** The storage of NATS, as its account reports it: whether it is nearly full. */
import { Schema } from "effect"
import { schemaCodec } from "../../contracts/internal.ts"
import {
  decodeText,
  jetStream,
  NO_BYTES,
  NO_HEADERS,
  percent,
  requestOf,
  type Wire,
} from "../../wire/internal.ts"
import { APPENDS, REQUESTS } from "../limits.ts"

const account = schemaCodec(
  Schema.Struct({
    storage: Schema.optionalKey(Schema.Number),
    reserved_storage: Schema.optionalKey(Schema.Number),
    limits: Schema.optionalKey(
      Schema.Struct({ max_storage: Schema.optionalKey(Schema.Number) }),
    ),
  }),
  "what JetStream says of an account",
)

/** Asks NATS about its storage, and trusts the answer for a while. */
export class NatsStorage {
  readonly #wire: Wire
  #asked: Promise<readonly string[]> | undefined
  #askedMs = -Infinity

  constructor(wire: Wire) {
    this.#wire = wire
  }

  /** A warning of nearly full storage; empty if the account has no limit, or nobody answers. */
  warnings(): Promise<readonly string[]> {
    const nowMs = performance.now()
    if (!this.#asked || nowMs - this.#askedMs > APPENDS.storageMs) {
      this.#askedMs = nowMs
      this.#asked = this.#ask().catch((error) => [
        `what NATS says of its storage cannot be read: ${error}`,
      ])
    }
    return this.#asked
  }

  async #ask(): Promise<readonly string[]> {
    const reply = await requestOf(
      this.#wire,
      jetStream.account,
      NO_BYTES,
      NO_HEADERS,
      REQUESTS.storageMs,
    )
    if (reply.type !== "reply") return []
    const { storage = 0, reserved_storage = 0, limits } = account.decode(
      JSON.parse(decodeText(reply.payload)),
    )
    const most = limits?.max_storage ?? 0
    const part = Math.max(storage, reserved_storage) / most
    if (most <= 0 || part < APPENDS.nearlyFull) return []
    return [`${percent(part)} of the storage that NATS gives this account is used or reserved`]
  }
}
