/** A cell: one actor with its log, its state in memory, and the commands that wait for it. */
import type { AnyActor } from "../../actors/internal.ts"
import type { Message } from "../../contracts/internal.ts"
import type { RecordedEvent, StoredCommit } from "../../wire/internal.ts"
import type { Sent } from "./sent.ts"

/** A commit as it is read again. */
export interface ReadCommit {
  /** The place of the choices that concern it. */
  readonly key: number
  readonly contract: AnyActor["contract"]
  readonly id: string
  readonly stored: StoredCommit
  /** Its events, decoded from what is stored. */
  readonly events: readonly RecordedEvent[]
  /** The places of the choices that concern its events. */
  readonly keys: readonly number[]
}

/** What is remembered of an accepted command. */
export interface Remembered {
  readonly sequence: number
  readonly events: number
  /** When it was decided. */
  readonly time: number
}

/** One actor. */
export class Cell {
  /** The actor by the current version of the code. */
  readonly actor: AnyActor
  readonly id: string
  /** The version of the code that keeps it in memory. */
  code: AnyActor
  state: unknown
  readonly commits: ReadCommit[] = []
  /** Its events, as the current version of the code decided them. */
  readonly events: Message<"event">[] = []
  readonly accepted = new Map<string, Remembered>()
  readonly mailbox: Sent[] = []
  isBusy = false

  constructor(actor: AnyActor, id: string) {
    this.actor = actor
    this.code = actor
    this.id = id
    this.state = actor.initial
  }
}
