/** The mailboxes of the actors that are in memory, within the bounds of the host. */
import type { AnyActor } from "../actor.ts"
import { LruList } from "./lru-list.ts"
import { Mailbox } from "./mailbox.ts"
import type { MailboxServices } from "./mailbox-services.ts"
import type { Resident } from "./resident.ts"

const keyOf = (name: string, id: string): string => `${name}.${id}`

/** The mailboxes of a host. Those that were idle for longest make room for others. */
export class Mailboxes {
  readonly #services: MailboxServices
  readonly #mailboxes = new LruList<Mailbox>()

  constructor(services: MailboxServices) {
    this.#services = services
  }

  get size(): number {
    return this.#mailboxes.size
  }

  /** The actor in memory; undefined for one that sleeps. */
  residentOf(name: string, id: string): Resident | undefined {
    return this.#mailboxes.get(keyOf(name, id))?.resident
  }

  /** The mailbox of an actor; a new one where the actor sleeps. */
  of(actor: AnyActor, id: string): Mailbox {
    const key = keyOf(actor.contract.name, id)
    const known = this.#mailboxes.use(key)
    if (known) return known
    this.makeRoom()
    const mailbox = new Mailbox(actor, id, key, this.#services)
    this.#mailboxes.add(mailbox)
    return mailbox
  }

  /** Drops the actors that were idle for longest, until there is room for one more. */
  makeRoom(): void {
    if (this.#hasRoom()) return
    for (const mailbox of this.#mailboxes.oldestFirst()) {
      this.#letSleep(mailbox)
      if (this.#hasRoom()) return
    }
  }

  /** Drops the actors that were idle for as long as the limits say. */
  sweep(): void {
    const { limits, now } = this.#services
    const oldest = now() - limits.idleMs
    for (const mailbox of this.#mailboxes.oldestFirst()) {
      if (mailbox.lastUsed > oldest) return
      this.#letSleep(mailbox)
    }
  }

  /** Drops all actors that are not at work. */
  sleep(): void {
    for (const mailbox of this.#mailboxes.oldestFirst()) this.#letSleep(mailbox)
  }

  #hasRoom(): boolean {
    const { limits, memory } = this.#services
    return this.#mailboxes.size < limits.residentActors && !memory.isSpent
  }

  #letSleep(mailbox: Mailbox): void {
    if (mailbox.busy) return
    mailbox.sleep()
    this.#mailboxes.remove(mailbox)
  }
}
