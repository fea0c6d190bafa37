/** Maintenance of an actor in memory: estimates its size now and then, and writes its snapshot. */
import { ANCESTORS, reportError, weigh } from "../../wire/internal.ts"
import type { AnyActor } from "../actor.ts"
import type { MailboxServices } from "./mailbox-services.ts"
import type { Resident } from "./resident.ts"
import { encodeSnapshot } from "./snapshot.ts"

/** The memory of a mailbox and an empty resident, in bytes. */
const OWN_BYTES = 600
const SNAPSHOT_INTERVAL_MS = 1_000

/** Keeps the size estimate and the snapshot of one actor recent enough. */
export class Maintenance {
  readonly #actor: AnyActor
  readonly #id: string
  readonly #services: MailboxServices
  #bytes = 0
  #weighedVersion = 0
  #snapshotTime = 0
  #forgotten = 0

  constructor(actor: AnyActor, id: string, services: MailboxServices) {
    this.#actor = actor
    this.#id = id
    this.#services = services
  }

  /** Called when the actor has come into memory. */
  woken(resident: Resident): void {
    this.#weigh(resident)
    // What was forgotten while the log was read, this process or another has counted before.
    this.#forgotten = resident.remembered.forgottenEarly
  }

  /** Estimates the size of the actor. */
  #weigh(resident: Resident): void {
    const bytes = OWN_BYTES + resident.remembered.bytes + weigh(resident.state)
    this.#services.memory.add(bytes - this.#bytes)
    this.#bytes = bytes
    this.#weighedVersion = resident.version
  }

  /** Called after a stored commit: from time to time, estimates again and writes a snapshot. */
  advanced(resident: Resident): void {
    const { snapshotEvents } = this.#services.limits
    if (resident.version - this.#weighedVersion >= snapshotEvents) this.#weigh(resident)
    if (resident.remembered.forgottenEarly !== this.#forgotten) this.#noteForgotten(resident)
    if (this.#services.now() - this.#snapshotTime < SNAPSHOT_INTERVAL_MS) return
    this.#snapshot(resident, snapshotEvents)
  }

  /** Tells of ids that were forgotten too early. */
  #noteForgotten({ remembered }: Resident): void {
    const { forgottenEarly, keptSeconds } = remembered
    const count = forgottenEarly - this.#forgotten
    this.#forgotten = forgottenEarly
    const { name, idempotencyWindowMs: windowMs } = this.#actor.contract
    this.#services.forgetful.note({ name, id: this.#id }, count, { keptSeconds, windowMs })
  }

  /** Called when the actor leaves memory: writes a snapshot if that makes waking faster. */
  sleep(resident: Resident | undefined): void {
    if (resident) this.#snapshot(resident, 1)
    this.#services.memory.add(-this.#bytes)
    this.#bytes = 0
  }

  /** Keeps a snapshot if it is `events` ahead of the last one and saves reading the log. */
  #snapshot(resident: Resident, events: number): void {
    if (!this.#actor.state || resident.ancestors.length < ANCESTORS) return
    if (resident.version - resident.snapshotVersion < events) return
    resident.snapshotVersion = resident.version
    this.#snapshotTime = this.#services.now()
    const { name } = this.#actor.contract
    const { snapshots, snapshotSizes } = this.#services
    try {
      const bytes = encodeSnapshot(this.#actor, resident)
      if (bytes && snapshotSizes.fits(name, this.#id, bytes.length, snapshots.maxBytes())) {
        snapshots.write(name, this.#id, bytes)
      }
    } catch (error) {
      const what = `no snapshot of ${name} ${this.#id}`
      reportError(`${what}: its state does not fit its schema`, error)
    }
  }
}
