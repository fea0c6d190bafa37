/** Locks a contract: adds what is new to its lock, and never alters what is in it. */
import { type AnyContract, digest, frozen } from "../../contracts/internal.ts"
import type { ContractLock, LockedMessage, LockedMessages, LockedVersion } from "./lock-file.ts"
import { isSameShape, shapeToday } from "./shape.ts"

/** What a lock holds after locking, and what that added. */
export interface Locked {
  readonly lock: ContractLock
  /** Such as `orders.order OrderPlaced v2`. */
  readonly added: readonly string[]
  /** What exists only as code, and so is only compared by golden values: with the reason. */
  readonly unpersisted: readonly string[]
}

/** The digest of what a version's golden values become in its next step. Throws what it throws. */
export const becameOf = (
  { codec: { evolution } }: AnyContract,
  type: string,
  version: number,
  { shapes }: LockedVersion,
): string =>
  digest(JSON.stringify(
    shapes.flatMap(({ golden }) => golden)
      .map((value) => evolution.step(type, version, frozen(structuredClone(value)) as never)),
  )).slice(0, 16)

class Locking {
  readonly added: string[] = []
  readonly unpersisted: string[] = []
  readonly #contract: AnyContract

  constructor(contract: AnyContract) {
    this.#contract = contract
  }

  messages(kind: "event" | "command", locked: LockedMessages, retire: ReadonlySet<string>) {
    const { name, codec } = this.#contract
    const all: Record<string, LockedMessage> = { ...locked }
    for (const type of Object.keys(codec.schemas(kind))) {
      all[type] = this.#message(kind, type, Object.hasOwn(locked, type) ? locked[type] : undefined)
    }
    for (const [type, message] of Object.entries(all)) {
      const isLive = kind === "event" && codec.evolution.versions(type) > 0
      if (kind === "event") all[type] = this.#steps(type, message)
      if (retire.has(`${name}.${type}`) && message.retired === undefined && !isLive) {
        all[type] = { ...message, retired: new Date().toISOString().slice(0, 10) }
        this.added.push(`${name} ${type}: retired`)
      }
    }
    return all
  }

  #message(
    kind: "event" | "command",
    type: string,
    locked: LockedMessage = { versions: [] },
  ): LockedMessage {
    const { name, codec } = this.#contract
    const shape = shapeToday(this.#contract, kind, type)
    const version = kind === "event" ? codec.evolution.current(type) ?? 1 : 1
    const subject = kind === "event" ? `${name} ${type} v${version}` : `${name} ${type}`
    if (shape.why !== undefined) this.unpersisted.push(`${subject}: ${shape.why}`)
    const versions = [...locked.versions]
    while (versions.length < version) versions.push({ shapes: [] })
    const { shapes } = versions[version - 1]!
    if (shapes.some((known) => isSameShape(known, shape))) return locked
    this.added.push(shapes.length === 0 ? subject : `${subject}, changed compatibly`)
    versions[version - 1] = { shapes: [...shapes, shape] }
    return { ...locked, versions }
  }

  /** Notes what the steps of old versions give. */
  #steps(type: string, message: LockedMessage): LockedMessage {
    const current = this.#contract.codec.evolution.current(type) ?? Infinity
    const versions = message.versions.map((version, at) => {
      const isOld = at + 1 < current && version.shapes.length > 0
      if (!isOld || version.became !== undefined) return version
      return { ...version, became: becameOf(this.#contract, type, at + 1, version) }
    })
    return { ...message, versions }
  }
}

/**
 * Locks the events of a contract that another application writes: what this one has to be able to
 * read. Its commands are not ours to guard.
 */
export const lockFollowed = (contract: AnyContract, { events }: ContractLock): Locked => {
  const locking = new Locking(contract)
  const lock: ContractLock = {
    leftfold: 1,
    contract: contract.name,
    events: locking.messages("event", events, new Set()),
    commands: {},
  }
  return { lock, added: locking.added, unpersisted: locking.unpersisted }
}

/**
 * Locks a contract. `retire` names commands that nobody sends, such as `orders.order.PlaceOrder`,
 * and events that the contract no longer knows because no log has them.
 */
export const lockContract = (
  contract: AnyContract,
  { events, commands }: ContractLock,
  retire: ReadonlySet<string> = new Set(),
): Locked => {
  const locking = new Locking(contract)
  const lock: ContractLock = {
    leftfold: 1,
    contract: contract.name,
    events: locking.messages("event", events, retire),
    commands: locking.messages("command", commands, retire),
  }
  return { lock, added: locking.added, unpersisted: locking.unpersisted }
}
