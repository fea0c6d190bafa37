/** A turn: some queued commands, decided one after another on the evolving state. Pure. */
import { isFailure, type Message } from "../../contracts/internal.ts"
import {
  encode,
  type Envelope,
  failureOf,
  type Refusal,
  type StoredEvent,
  storeMetadata,
} from "../../wire/internal.ts"
import type { AnyActor } from "../actor.ts"
import { BrokenContract, plainOf } from "./broken-contract.ts"
import { asBug } from "./bug.ts"
import type { Accepted, Command, CommandAnswer, RetryReason } from "./command.ts"
import { contentOf } from "./content.ts"
import { CommandMeta } from "./command-meta.ts"
import { COMMAND_EVENTS, REFUSAL_BYTES } from "../limits.ts"
import type { RefusalBudget, RefusalKind } from "./refusal-budget.ts"
import type { StoredRefusal } from "./refusals.ts"
import type { Resident } from "./resident.ts"
import { expired, mismatch, notWritten, reused, tooMany } from "./turn-failures.ts"

/** What of a turn was written because of whom. */
export interface Written {
  readonly kind: RefusalKind
  readonly bytes: number
}

/** An answer that is ready once the turn's events are stored. */
export interface Prepared {
  readonly command: Command
  /** `sequence` is that of this turn's commit. */
  readonly answer: (sequence: number) => CommandAnswer
}

/** What a turn came to. Nothing of it holds before the events are stored. */
export interface Turn {
  readonly events: readonly StoredEvent[]
  /** What is refused and must be stored as such. */
  readonly refusals: readonly Refusal[]
  /** What of that is taken off the budget. */
  readonly written: readonly Written[]
  readonly state: unknown
  readonly prepared: readonly Prepared[]
  /** An answer depends on the state being current, which no append will prove. */
  readonly unproven: boolean
  /** A handler failed: what follows is left for a turn on a reloaded state. */
  readonly broken: boolean
}

/** An event as it is stored; the first of a command says what the command was. */
const stored = (
  actor: AnyActor,
  event: Message<"event">,
  { content, envelope }: Command,
  time: number,
  first: boolean,
): StoredEvent => {
  const { type, schema, data } = plainOf(actor, event)
  const result: StoredEvent = first
    ? { type, schema, data, command: envelope.id, content, time }
    : { type, schema, data, command: envelope.id, time }
  storeMetadata(envelope, envelope.id, result)
  return result
}

const answerReused = ({ id }: Envelope): Prepared["answer"] => {
  const failure = reused(id)
  return () => failure
}

/** Stands for the sequence of the commit that a turn becomes. */
const THIS_COMMIT = -1

/** Decides commands in order on a resident's state, which stays as it is. */
export class TurnBuilder {
  readonly #actor: AnyActor
  readonly #id: string
  readonly #resident: Resident
  readonly #now: number
  readonly #events: StoredEvent[] = []
  readonly #refusals: Refusal[] = []
  readonly #written: Written[] = []
  readonly #prepared: Prepared[] = []
  /** What was decided under each command id, in order; nothing for a turn of one command. */
  readonly #decided: Map<string, readonly Prepared[]> | undefined
  readonly #budget: RefusalBudget | undefined
  #state: unknown
  #unproven = false
  #broken = false

  /** Without a budget every refusal that must be written is. */
  constructor(
    actor: AnyActor,
    id: string,
    resident: Resident,
    now: number,
    several = true,
    budget?: RefusalBudget,
  ) {
    this.#actor = actor
    this.#id = id
    this.#resident = resident
    this.#now = now
    this.#state = resident.state
    this.#decided = several ? new Map() : undefined
    this.#budget = budget
  }

  /** Decides one more command; false when a handler failed and the turn must end here. */
  add(command: Command): boolean {
    this.#prepared.push({ command, answer: this.#answerTo(command) })
    return !this.#broken
  }

  /** The turn as decided so far. */
  build(): Turn {
    return {
      events: this.#events,
      refusals: this.#refusals,
      written: this.#written,
      state: this.#state,
      prepared: this.#prepared,
      unproven: this.#unproven && this.#events.length === 0 && this.#refusals.length === 0,
      broken: this.#broken,
    }
  }

  get #version(): number {
    return this.#resident.version + this.#events.length
  }

  #answerTo(command: Command): Prepared["answer"] {
    const { content, envelope } = command
    const before = this.#resident.remembered.get(envelope.id)
    // What an earlier version of the code has stored is known by its id alone.
    if (before && (before.content === content || before.content === 0)) {
      const { sequence, version, events } = before
      return () => ({ kind: "accepted", sequence, version, events })
    }
    const refusal = this.#refusalOf(command)
    if (refusal) return this.#repeat(refusal, envelope)
    if (before) return answerReused(envelope)
    const sameTurn = this.#sameTurn(command)
    if (sameTurn) return sameTurn
    if (envelope.deadline < this.#now) return expired
    const answer = this.#mismatchOf(command) ?? this.#decide(command)
    const others = this.#decided?.get(envelope.id)
    const decided = { command, answer }
    this.#decided?.set(envelope.id, others ? [...others, decided] : [decided])
    return answer
  }

  /** The answer to a command that was meant for another version. */
  #mismatchOf(command: Command): Prepared["answer"] | undefined {
    const { expectedVersion } = command.envelope
    if (expectedVersion === undefined || expectedVersion === this.#version) return undefined
    const failure = mismatch(expectedVersion, this.#version)
    return this.#refuse(command, failure, () => failure)
  }

  /** The refusal in the log that a command is a late try of. */
  #refusalOf({ message, envelope: { id, deadline } }: Command): StoredRefusal | undefined {
    const { refused } = this.#resident
    if (!refused.knows(id)) return undefined
    return refused.get(id, contentOf(this.#actor.contract.codec, message), deadline)
  }

  /** The answer to a try of the same command in this turn, or to what was stored under its id. */
  #sameTurn(command: Command): Prepared["answer"] | undefined {
    const { content, envelope } = command
    const { id, expectedVersion } = envelope
    const decided = this.#decided?.get(id)
    if (!decided) return undefined
    // After one of them was accepted, which is the last, nothing more is decided under its id.
    const last = this.#events.some((event) => event.command === id) ? decided.at(-1) : undefined
    if (last?.command.content === content) return last.answer
    const same = decided.find(({ command: other }) =>
      other.envelope.expectedVersion === expectedVersion && other.content === content
    )
    if (!same) return last ? answerReused(envelope) : undefined
    return this.#refuse(command, same.answer(THIS_COMMIT), same.answer)
  }

  /**
   * Nothing comes of a command: that must be so now, and stay so where others may try it yet. The
   * answer is the one that is given, unless that cannot be written now.
   */
  #refuse(command: Command, said: CommandAnswer, answer: Prepared["answer"]): Prepared["answer"] {
    const { message, envelope: { id, deadline }, retry } = command
    const outcome = retry ? this.#outcomeOf(said) : undefined
    if (!outcome) {
      this.#unproven = true
      return answer
    }
    const content = contentOf(this.#actor.contract.codec, message)
    const holds = this.#refusals.some((each) =>
      each.command === id && each.content === content && each.deadline >= deadline
    )
    if (holds) return answer
    const kind = this.#kindOf(retry)
    if (kind && !this.#hasRoom(kind)) {
      const failure = notWritten(this.#budget?.againMs(kind) ?? 0)
      return () => failure
    }
    const refusal = { command: id, content, deadline, time: this.#now, ...outcome }
    this.#refusals.push(refusal)
    if (kind) {
      const bytes = encode("msgpack", refusal).length + REFUSAL_BYTES
      this.#written.push({ kind, bytes })
    }
    return answer
  }

  /** On whose account a refusal is written; on none where an earlier try is known of. */
  #kindOf(retry: RetryReason | undefined): RefusalKind | undefined {
    if (retry === "known" || retry === undefined) return undefined
    if (retry === "unproven") return retry
    return this.#resident.version > 0 ? "someEvents" : "noEvents"
  }

  #hasRoom(kind: RefusalKind): boolean {
    const open = this.#resident.refused.size + this.#refusals.length
    return this.#budget?.hasRoom(kind, open) ?? true
  }

  #outcomeOf(
    said: CommandAnswer,
  ): Omit<Refusal, "command" | "content" | "deadline" | "time"> | undefined {
    if (isFailure(said)) {
      return said._tag === "VersionMismatch" ? { version: said.actual } : undefined
    }
    if (said.kind === "accepted") {
      const { version, sequence } = said
      return sequence === THIS_COMMIT ? { version } : { version, sequence }
    }
    const { type, data } = this.#actor.contract.codec.plain(said)
    return { version: this.#version, rejection: { type, data } }
  }

  /** The answer to a try of what was refused: the log proves it, whatever the state is now. */
  #repeat(refusal: StoredRefusal, { expectedVersion }: Envelope): Prepared["answer"] {
    const { version, sequence, rejection } = refusal
    if (rejection) {
      const answer = this.#actor.contract.codec.rejection(rejection.type, rejection.data)
      return () => answer
    }
    if (expectedVersion !== undefined && expectedVersion !== version) {
      const failure = mismatch(expectedVersion, version)
      return () => failure
    }
    return () => ({ kind: "accepted", sequence, version, events: 0 })
  }

  #decide(command: Command): Prepared["answer"] {
    const { message, envelope } = command
    const { name } = this.#actor.contract
    try {
      const meta = new CommandMeta(this.#id, this.#version, envelope, this.#now)
      const outcome = this.#actor.decide(this.#state, message, meta)
      if ("kind" in outcome) {
        // Checked here, so that a rejection that breaks its contract is known as a bug.
        plainOf(this.#actor, outcome)
        return this.#refuse(command, outcome, () => outcome)
      }
      return this.#accept(outcome, command)
    } catch (error) {
      this.#broken = true
      const made = error instanceof BrokenContract ? `, which ${error.what},` : ""
      const failure = failureOf(asBug(error), `${name} ${this.#id} ${message.type}${made}`)
      return () => failure
    }
  }

  #accept(outcome: readonly Message<"event">[], command: Command): Prepared["answer"] {
    const { sequence: before } = this.#resident
    if (outcome.length > COMMAND_EVENTS) return () => tooMany(outcome.length)
    if (outcome.length === 0) {
      const [version, first] = [this.#version, this.#events.length === 0]
      const answer = (sequence: number): Accepted => ({
        kind: "accepted",
        sequence: first ? before : sequence,
        version,
        events: 0,
      })
      return this.#refuse(command, answer(THIS_COMMIT), answer)
    }
    let state = this.#state
    const events: StoredEvent[] = []
    for (const event of outcome) {
      state = this.#actor.evolve(state, event)
      events.push(stored(this.#actor, event, command, this.#now, events.length === 0))
    }
    // Only now, because a handler that fails half-way must leave nothing behind.
    for (const event of events) this.#events.push(event)
    this.#state = state
    const version = this.#version
    return (sequence) => ({ kind: "accepted", sequence, version, events: events.length })
  }
}
