/** A host on a journal where everything goes wrong, and a record of what it was asked and said. */
import {
  decode,
  encode,
  HEADER,
  type MemoryLog,
  memoryWire,
  type Message,
} from "../contracts/mod.ts"
import { account, Accounts } from "./account.suite.ts"
import { FaultyJournal } from "./faulty-journal.suite.ts"
import { type Host, startHost } from "./host.ts"
import type { Snapshots } from "./snapshots.ts"

/** One delivery of a command, and its answer if it had one. */
export interface Delivery {
  readonly actor: string
  readonly commandId: string
  /** How many deliveries of this host came before. */
  readonly place: number
  readonly answer: Promise<Answer>
}

/** The plain answer: what was accepted, or a problem; nothing when the host crashed. */
export type Answer = {
  readonly position?: string
  readonly version?: number
  readonly events?: number
  readonly title?: string
  readonly balance?: number
} | undefined

const LIMITS = {
  ...{ attempts: 10_000, backoffMs: 0 },
  ...{ commandsPerCommit: 3, residentActors: 2, snapshotEvents: 5 },
}

export class FaultyHost {
  readonly #wire = memoryWire()
  readonly #journal: FaultyJournal
  readonly #host: Host
  #place = 0
  /** The places of the deliveries that were answered, by actor, in the order of their answers. */
  readonly answered = new Map<string, number[]>()

  constructor(log: MemoryLog, snapshots: Snapshots, random: () => number) {
    this.#journal = new FaultyJournal(log, random)
    this.#host = startHost({
      actors: [account],
      wire: this.#wire,
      journal: this.#journal,
      snapshots,
      limits: LIMITS,
    })
  }

  /** Sends a command and notes the order of answers as they are on the wire. */
  deliver(actor: string, command: Message<"command">, commandId: string): Delivery {
    const { type, data } = Accounts.codec.plain(command)
    const place = this.#place++
    const headers = { [HEADER.id]: commandId, [HEADER.deadline]: String(Date.now() + 600_000) }
    const subject = `cmd.${Accounts.name}.${actor}.${type}`
    const answer = new Promise<Answer>((resolve) =>
      this.#wire.request(subject, encode("msgpack", data), headers, 60_000, (reply) => {
        if (reply.type !== "reply") return resolve(undefined)
        this.answered.set(actor, [...this.answered.get(actor) ?? [], place])
        resolve(decode("msgpack", reply.payload) as Answer)
      })
    )
    return { actor, commandId, place, answer }
  }

  /** From now on nothing goes wrong any more. */
  heal(): void {
    this.#journal.faulty = false
  }

  /** Ends without finishing anything; what was on its way to the log may still arrive. */
  async crash(): Promise<void> {
    this.#journal.dead = true
    void this.#host.stop()
    await this.#wire.close()
  }

  async stop(): Promise<void> {
    await this.#host.stop()
    await this.#wire.close()
  }
}
