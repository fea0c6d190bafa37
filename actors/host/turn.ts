/** A turn: some queued commands, decided one after another on the evolving state. Pure. */
import { isFailure, type Message, type VersionMismatch } from "../../contracts/internal.ts"
import {
  encode,
  type Envelope,
  failureOf,
  isExpected,
  lineFields,
  type Refusal,
  type StoredEvent,
  storeMetadata,
} from "../../wire/internal.ts"
import type { AnyActor } from "../actor.ts"
import { BrokenContract, plainOf } from "./broken-contract.ts"
import { asBug } from "./bug.ts"
import type { AcceptedCommand, Command, CommandAnswer, RetryReason } from "./command.ts"
import { contentOf, scopeOf } from "./repeats/content.ts"
import { CommandMeta } from "./command-meta.ts"
import { rememberedAs, type RememberedCommand } from "./repeats/idempotency-window.ts"
import { COMMAND_EVENTS, REFUSAL_BYTES } from "../limits.ts"
import type { RefusalBudget, RefusalKind } from "./repeats/refusal-budget.ts"
import type { StoredRefusal } from "./repeats/refusals.ts"
import type { Resident } from "./resident.ts"
import { expired, mismatch, notWritten, reused, tooMany } from "./turn-failures.ts"

/** The bytes of a written refusal, and the budget that they are charged to. */
export interface Written {
  readonly kind: RefusalKind
  readonly bytes: number
}

/** Accepted in the turn's own commit. The sequence is known once that commit is stored. */
interface AcceptedHere extends Omit<AcceptedCommand, "kind" | "sequence"> {
  readonly kind: "accepted-here"
}

/** An answer that is valid once the turn's commit is stored. */
export type PreparedAnswer = CommandAnswer | AcceptedHere

/** A command, and its answer once the turn's commit is stored. */
export interface Prepared {
  readonly command: Command
  readonly answer: PreparedAnswer
}

/** The answer to a command, once the turn's commit is stored at `sequence`. */
export const answerAt = (answer: PreparedAnswer, sequence: number): CommandAnswer => {
  if (isFailure(answer) || answer.kind !== "accepted-here") return answer
  return { kind: "accepted", sequence, version: answer.version, events: answer.events }
}

/** The result of a turn. Nothing of it is valid before the commit is stored. */
export interface Turn {
  readonly events: readonly StoredEvent[]
  /** The refusals that the commit must hold. */
  readonly refusals: readonly Refusal[]
  /** What those refusals cost, for the ones that a budget pays for. */
  readonly written: readonly Written[]
  readonly state: unknown
  readonly prepared: readonly Prepared[]
  /** Whether an answer depends on the state being current, and no append will prove that it is. */
  readonly unproven: boolean
  /** Whether a handler failed: the commands that follow wait for a turn on a reloaded state. */
  readonly broken: boolean
}

/** An event as it is stored. The first event of a command also holds the command's content hash. */
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

const keyOf = (envelope: Envelope): string => rememberedAs(envelope.id, scopeOf(envelope))

/** Decides commands in order, starting from a resident's state. The resident does not change. */
export class TurnBuilder {
  readonly #actor: AnyActor
  readonly #id: string
  readonly #resident: Resident
  readonly #now: number
  readonly #events: StoredEvent[] = []
  readonly #refusals: Refusal[] = []
  readonly #written: Written[] = []
  readonly #prepared: Prepared[] = []
  /** What was decided under each command id, in order; undefined for a turn of one command. */
  readonly #decided: Map<string, readonly Prepared[]> | undefined
  readonly #budget: RefusalBudget | undefined
  #state: unknown
  #unproven = false
  #broken = false

  /** Without a budget, every refusal that must be written is written. */
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

  /** Decides one more command; false if a handler failed and the turn must end here. */
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

  #answerTo(command: Command): PreparedAnswer {
    const { content, envelope } = command
    const key = keyOf(envelope)
    const before = this.#resident.remembered.get(key) ?? this.#earlier(command, key)
    // Commits of earlier versions of the code hold no content hash, so there the id alone decides.
    const byId = before?.content === 0 && scopeOf(envelope) === undefined
    if (before && (before.content === content || byId)) {
      const { sequence, version, events } = before
      return { kind: "accepted", sequence, version, events }
    }
    const refusal = this.#refusalOf(command)
    if (refusal) return this.#repeat(refusal, envelope)
    if (before) return reused(envelope.id)
    const sameTurn = this.#sameTurn(command, key)
    if (sameTurn) return sameTurn
    if (envelope.deadline < this.#now) return expired()
    const unexpected = this.#mismatchOf(command)
    const answer = unexpected && !command.isBlind
      ? this.#refuse(command, unexpected)
      : this.#decide(command, unexpected)
    const others = this.#decided?.get(key)
    const decided = { command, answer }
    this.#decided?.set(key, others ? [...others, decided] : [decided])
    return answer
  }

  /**
   * What a snapshot of an earlier version of the code remembers by the id alone, if it is the same
   * command: the hash of its content includes its user.
   */
  #earlier({ content, envelope: { id } }: Command, key: string): RememberedCommand | undefined {
    if (key === id) return undefined
    const known = this.#resident.remembered.get(id)
    return known?.content === content ? known : undefined
  }

  /** The answer to a command that expects another version; undefined if it expects this one. */
  #mismatchOf({ envelope: { expectedVersion } }: Command): VersionMismatch | undefined {
    if (expectedVersion === undefined || isExpected(expectedVersion, this.#version)) {
      return undefined
    }
    return mismatch(expectedVersion, this.#version)
  }

  /** The refusal in the log that already answers this command, if it is a late try. */
  #refusalOf(command: Command): StoredRefusal | undefined {
    const { refused } = this.#resident
    const { id, deadline } = command.envelope
    if (!refused.knows(id)) return undefined
    return refused.get(id, this.#contentOf(command), deadline)
  }

  #contentOf({ message, envelope }: Command): string {
    return contentOf(this.#actor.contract.codec, message, scopeOf(envelope))
  }

  /** The answer to another try in this turn, or to another command under an id accepted in it. */
  #sameTurn(command: Command, key: string): PreparedAnswer | undefined {
    const { content, envelope: { id, expectedVersion } } = command
    const decided = this.#decided?.get(key)
    if (!decided) return undefined
    // Once a command was accepted, nothing more is decided under its id: it is the last.
    const isAccepted = this.#events.some((event) =>
      event.command === id && rememberedAs(id, event.principal) === key
    )
    const last = isAccepted ? decided.at(-1) : undefined
    if (last?.command.content === content) return last.answer
    const same = decided.find(({ command: other }) =>
      other.envelope.expectedVersion === expectedVersion && other.content === content
    )
    if (!same) return last ? reused(id) : undefined
    return this.#refuse(command, same.answer)
  }

  /**
   * Refuses a command with this answer. If another try may still be in flight, the refusal is
   * written to the log. If it cannot be written now, the answer is `Overloaded` instead.
   */
  #refuse(command: Command, answer: PreparedAnswer): PreparedAnswer {
    const { envelope: { id, deadline }, retry } = command
    const outcome = retry ? this.#outcomeOf(answer) : undefined
    if (!outcome) {
      this.#unproven = true
      return answer
    }
    const content = this.#contentOf(command)
    const holds = this.#refusals.some((each) =>
      each.command === id && each.content === content && each.deadline >= deadline
    )
    if (holds) return answer
    const kind = this.#kindOf(retry)
    if (kind && !this.#hasRoom(kind)) return notWritten(this.#budget?.againMs(kind) ?? 0)
    const refusal = { command: id, content, deadline, time: this.#now, ...outcome }
    this.#refusals.push(refusal)
    if (kind) {
      const bytes = encode("msgpack", refusal).length + REFUSAL_BYTES
      this.#written.push({ kind, bytes })
    }
    return answer
  }

  /** The budget that pays for a refusal; undefined where this host knows of an earlier try. */
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
    answer: PreparedAnswer,
  ): Omit<Refusal, "command" | "content" | "deadline" | "time"> | undefined {
    if (isFailure(answer)) {
      return answer._tag === "VersionMismatch" ? { version: answer.actual } : undefined
    }
    if (answer.kind === "accepted-here") return { version: answer.version }
    if (answer.kind === "accepted") return { version: answer.version, sequence: answer.sequence }
    const { type, data } = this.#actor.contract.codec.plain(answer)
    return { version: this.#version, rejection: { type, data } }
  }

  /** The answer to another try of a refused command. The log proves it, whatever the state is. */
  #repeat(refusal: StoredRefusal, { expectedVersion }: Envelope): PreparedAnswer {
    const { version, sequence, rejection } = refusal
    if (rejection) return this.#actor.contract.codec.rejection(rejection.type, rejection.data)
    if (expectedVersion !== undefined && !isExpected(expectedVersion, version)) {
      return mismatch(expectedVersion, version)
    }
    return { kind: "accepted", sequence, version, events: 0 }
  }

  /**
   * Decides a command. `unexpected` is the answer to one that must not learn a version from it:
   * it is told only where the command would not have been rejected, and so was told the version.
   */
  #decide(command: Command, unexpected?: VersionMismatch): PreparedAnswer {
    const { message, envelope } = command
    const { name } = this.#actor.contract
    try {
      const meta = new CommandMeta(this.#id, this.#version, envelope, this.#now)
      const outcome = this.#actor.decide(this.#state, message, meta)
      if ("kind" in outcome) {
        // Checked here, so that a rejection that does not fit its contract counts as a bug.
        plainOf(this.#actor, outcome)
        return this.#refuse(command, outcome)
      }
      return unexpected ? this.#refuse(command, unexpected) : this.#accept(outcome, command)
    } catch (error) {
      this.#broken = true
      const made = error instanceof BrokenContract ? `, which ${error.what},` : ""
      const what = `${name} ${this.#id} ${message.type}${made}`
      return failureOf(asBug(error), what, lineFields(envelope.id, envelope.correlation))
    }
  }

  #accept(outcome: readonly Message<"event">[], command: Command): PreparedAnswer {
    const { sequence: before } = this.#resident
    if (outcome.length > COMMAND_EVENTS) return tooMany(outcome.length)
    if (outcome.length === 0) {
      const [version, events] = [this.#version, 0]
      return this.#refuse(
        command,
        this.#events.length === 0
          ? { kind: "accepted", sequence: before, version, events }
          : { kind: "accepted-here", version, events },
      )
    }
    let state = this.#state
    const events: StoredEvent[] = []
    const { codec } = this.#actor.contract
    for (const event of outcome) {
      const each = stored(this.#actor, event, command, this.#now, events.length === 0)
      events.push(each)
      // The state must be the one that the log will lead to, so what will be read is folded.
      state = this.#actor.evolve(state, codec.reread(each))
    }
    // Added only now, because a handler that fails half-way must leave nothing behind.
    for (const event of events) this.#events.push(event)
    this.#state = state
    return { kind: "accepted-here", version: this.#version, events: events.length }
  }
}
