/**
 * The mailbox of one actor. While an append is in flight, commands wait. Then as many as fit are
 * decided together and appended at once, and each is answered when that append is acknowledged.
 */
import {
  type Commit,
  encodeCommit,
  failureOf,
  lineFields,
  METRIC,
  METRICS,
  pause,
  storedAt,
  TRACING,
} from "../../wire/internal.ts"
import { CommitTooLarge, type Failure, Overloaded, Unavailable } from "../../contracts/internal.ts"
import type { AnyActor } from "../actor.ts"
import type { Appended } from "../journal/journal.ts"
import { learned } from "./broken-log.ts"
import type { Command } from "./command.ts"
import type { Used } from "./lru-list.ts"
import type { MailboxServices } from "./mailbox-services.ts"
import type { Resident } from "./resident.ts"
import { answerAt, type Turn, TurnBuilder } from "./turn.ts"
import { Maintenance } from "./maintenance.ts"
import { wake } from "./wake.ts"
import { appendSpan } from "../telemetry/command-spans.ts"
import { type ActorMetrics, actorMetrics } from "../telemetry/actor-metrics.ts"

/** What the log says of commands that fail together: what the first of them is known by. */
const fieldsOf = ([first]: readonly Command[]) =>
  first && lineFields(first.envelope.id, first.envelope.correlation)

const CHANGED = "it changed meanwhile"

/** Commands to one actor, decided one after another. */
export class Mailbox implements Used {
  readonly actor: AnyActor
  readonly id: string
  readonly key: string
  older: Used | undefined
  newer: Used | undefined
  /** When the mailbox last had something to do, in milliseconds since 1970. */
  lastUsed: number
  readonly #services: MailboxServices
  #queue: Command[] = []
  #resident: Resident | undefined
  /** The next load must not miss a commit, because the log has moved without us. */
  #fresh = false
  #busy = false
  #batch: number
  readonly #maintenance: Maintenance
  readonly #metrics: ActorMetrics
  /** How many appends in a row stored nothing: another host was faster, or no answer came. */
  #failures = 0

  constructor(actor: AnyActor, id: string, key: string, services: MailboxServices) {
    this.actor = actor
    this.id = id
    this.key = key
    this.#services = services
    this.#maintenance = new Maintenance(actor, id, services)
    this.#metrics = actorMetrics(actor.contract.name)
    this.#batch = services.limits.commandsPerCommit
    this.lastUsed = services.now()
  }

  /** Whether something is queued or in flight. */
  get busy(): boolean {
    return this.#busy
  }

  /** The actor in memory; undefined if it is not there, or must be read again. */
  get resident(): Resident | undefined {
    return this.#resident
  }

  /** Takes a command on, or answers it `Overloaded` at once if too many wait. */
  offer(command: Command): void {
    const { mailboxCommands, retryAfterMs } = this.#services.limits
    if (this.#queue.length >= mailboxCommands) {
      return command.answer(
        new Overloaded({
          message: `${this.actor.contract.name} ${this.id} has ${mailboxCommands} commands waiting`,
          retryAfterMs,
        }),
      )
    }
    this.#queue.push(command)
    if (this.#busy) return this.#metrics.mailbox.note(this.#queue.length)
    this.#busy = true
    this.#next()
  }

  /** Drops the actor from memory, with a snapshot if that makes waking faster. Only if not busy. */
  sleep(): void {
    this.#maintenance.sleep(this.#resident)
    this.#resident = undefined
  }

  #next(): void {
    while (this.#queue.length > 0) {
      if (!this.#resident) return void this.#wake()
      if (this.#turn(this.#resident)) return
    }
    this.#busy = false
    this.#failures = 0
    this.lastUsed = this.#services.now()
  }

  async #wake(): Promise<void> {
    const { name } = this.actor.contract
    const { journal, snapshots } = this.#services
    const begunMs = performance.now()
    try {
      if (this.#failures > 1) await this.#backOff()
      const found = wake(this.actor, this.id, { journal, snapshots, fresh: this.#fresh })
      this.#resident = await found.catch((error) => this.#wakeAgain(error))
      this.#fresh = false
      this.#maintenance.woken(this.#resident)
      this.#metrics.woken(performance.now() - begunMs)
    } catch (error) {
      const failure = failureOf(error, `waking ${name} ${this.id}`, fieldsOf(this.#queue))
      this.#metrics.notWoken(performance.now() - begunMs, failure._tag)
      this.#fail(this.#queue.splice(0), failure)
    }
    this.#next()
  }

  /** Wakes the actor again, if more messages are stepped over than before. */
  async #wakeAgain(error: unknown): Promise<Resident> {
    const { journal, snapshots } = this.#services
    await learned(journal, this.actor.contract.name, this.id, error)
    const found = wake(this.actor, this.id, { journal, snapshots, fresh: true })
    return await found.catch((error) => this.#wakeAgain(error))
  }

  /** Runs one turn; true if it continues in a callback, false if it is over. */
  #turn(resident: Resident): boolean {
    const several = this.#queue.length > 1
    const now = this.#services.now()
    const { refusals } = this.#services
    const builder = new TurnBuilder(this.actor, this.id, resident, now, several, refusals)
    let taken = 0
    while (taken < this.#queue.length && taken < this.#batch) {
      const command = this.#queue[taken++]
      if (command && !builder.add(command)) break
    }
    const turn = builder.build()
    const commands = this.#take(taken)
    this.#metrics.turnCommands.record(taken)
    if (turn.events.length + turn.refusals.length > 0) {
      return this.#append(resident, turn, commands)
    }
    if (turn.unproven) {
      void this.#confirm(resident, turn, commands)
      return true
    }
    this.#answer(turn, resident.sequence)
    return false
  }

  #take(count: number): Command[] {
    if (count < this.#queue.length) return this.#queue.splice(0, count)
    const all = this.#queue
    this.#queue = []
    return all
  }

  #append(resident: Resident, turn: Turn, commands: Command[]): boolean {
    const { version: base, ancestors } = resident
    const { events, refusals } = turn
    const commit: Commit = refusals.length > 0
      ? { base, ancestors, events, refusals }
      : { base, ancestors, events }
    const bytes = this.#written(commit, commands)
    if (!bytes) return false
    for (const { kind, bytes } of turn.written) {
      this.#services.refusals.take(kind, bytes)
      METRICS.counters(METRIC.refusalsWritten).with(kind).add()
    }
    const { name } = this.actor.contract
    const { journal, limits: { appendTimeoutMs } } = this.#services
    const begunMs = performance.now()
    const span = TRACING === undefined ? undefined : appendSpan(name, commands)
    journal.append(name, this.id, resident.sequence, bytes, appendTimeoutMs, (appended) => {
      const tookMs = performance.now() - begunMs
      span?.end(appended.type === "stored" ? undefined : appended.type)
      if (appended.type === "stored") this.#metrics.stored(tookMs)
      else this.#metrics.notStored(tookMs, appended.type)
      this.#appended(resident, turn, commit, commands, appended)
      this.#next()
    })
    return true
  }

  /** The bytes of a commit; undefined if it must be split, or cannot be written at all. */
  #written(commit: Commit, commands: Command[]): Uint8Array | undefined {
    const most = this.#services.journal.maxCommitBytes()
    try {
      const bytes = encodeCommit(commit, this.actor.contract)
      if (bytes.length <= most) return bytes
      const message =
        `the events of this command take ${bytes.length} bytes; a commit holds ${most}`
      this.#split(commands, () => new CommitTooLarge({ message }))
    } catch (error) {
      // The fields fit the contract, but a contract can allow deeper nesting than can be written.
      const what = `writing the events of ${this.actor.contract.name} ${this.id}`
      this.#split(commands, () => failureOf(error, what, fieldsOf(commands)))
    }
    return undefined
  }

  #appended(
    resident: Resident,
    turn: Turn,
    commit: Commit,
    commands: Command[],
    appended: Appended,
  ): void {
    if (appended.type === "stored") {
      const { sequence } = appended
      resident.advance(storedAt(commit, sequence), turn.state)
      // Grows back step by step, because commands that are too large together often come in series.
      this.#batch = Math.min(this.#services.limits.commandsPerCommit, this.#batch * 2)
      this.#failures = 0
      this.#answer(turn, sequence)
      this.#maintenance.advanced(resident)
    } else if (appended.type === "refused") {
      const { reason, retryAfterMs } = appended
      this.#fail(
        commands,
        new Unavailable({
          message: `nothing is stored: ${reason}`,
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        }),
      )
    } else if (appended.type === "unknown") {
      // The commit may still appear, so from now on a refusal of these commands must be written.
      for (const command of commands) command.retry = "known"
      this.#again(commands, appended.reason)
    } else {
      this.#again(commands, CHANGED)
    }
  }

  /** Checks with one read of the leader that the turn was not decided on an old state. */
  async #confirm(resident: Resident, turn: Turn, commands: Command[]): Promise<void> {
    try {
      const { name } = this.actor.contract
      const tail = await this.#services.journal.tail(name, this.id, { fresh: true })
      const last = tail?.sequence ?? 0
      if (last !== resident.sequence) {
        this.#metrics.conflicts.add()
        this.#again(commands, CHANGED)
      } else if (this.#services.journal.readsProve(name)) this.#answer(turn, last)
      else if (this.#services.refusals.hasRoom("unproven")) this.#write(commands)
      else this.#fail(commands, unproven(name, this.id))
    } catch (error) {
      const what = `reading ${this.actor.contract.name} ${this.id}`
      this.#fail(commands, failureOf(error, what, fieldsOf(commands)))
    }
    this.#next()
  }

  /** Decides commands again, this time with their refusals written, because no read proves them. */
  #write(commands: Command[]): void {
    for (const command of commands) command.retry ??= "unproven"
    this.#queue = [...commands, ...this.#queue]
  }

  #answer(turn: Turn, sequence: number): void {
    if (turn.broken) this.#reload()
    for (const { command, answer } of turn.prepared) command.answer(answerAt(answer, sequence))
  }

  /** Puts commands back to be decided on a re-read state; it may show that they were accepted. */
  #again(commands: Command[], reason: string): void {
    this.#reload()
    this.#failures++
    const { attempts } = this.#services.limits
    const hopeless = commands.filter((command) => ++command.attempts >= attempts)
    const waiting = commands.filter((command) => command.attempts < attempts)
    this.#queue = [...waiting, ...this.#queue]
    if (hopeless.length === 0) return
    const what = `nothing could be appended to ${this.actor.contract.name} ${this.id}`
    const message = `${what} in ${attempts} attempts (${reason}): ask again`
    this.#fail(hopeless, new Unavailable({ message, retryAfterMs: 100 }))
  }

  /** Decides fewer commands at once. A command that cannot be stored alone fails with `why`. */
  #split(commands: Command[], why: () => Failure): void {
    if (commands.length === 1) return this.#fail(commands, why())
    this.#batch = Math.ceil(commands.length / 2)
    this.#queue = [...commands, ...this.#queue]
  }

  /**
   * Waits for a random time, longer after each failure. With replicas, a commit of another host
   * that is in flight makes the log refuse ours at once. Without a pause, all attempts would be
   * used up before that commit arrives.
   */
  #backOff(): Promise<void> {
    const mostMs = Math.min(this.#services.limits.backoffMs, 2 ** this.#failures)
    return pause(Math.random() * mostMs)
  }

  #fail(commands: readonly Command[], failure: Failure): void {
    for (const command of commands) command.answer(failure)
  }

  #reload(): void {
    this.#resident = undefined
    this.#fresh = true
  }
}

const unproven = (name: string, id: string): Unavailable =>
  new Unavailable({
    message:
      `the log of ${name} ${id} may have a new leader; ruling that out takes a write, and too ` +
      "much was written for that: ask again",
    retryAfterMs: 1_000,
  })
