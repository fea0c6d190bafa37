/** The host: takes commands off the wire, wakes the actors they are for, and answers. */
import {
  type Access,
  awaited,
  commandsSubject,
  decodeFields,
  failureOf,
  type Format,
  formatOf,
  HEADER,
  historyName,
  type Incoming,
  limited,
  lineFields,
  METRICS,
  ownedSubjects,
  parseCommandSubject,
  type PrincipalSeals,
  protobufFields,
  querySubject,
  readEnvelope,
  renamedSubject,
  reportWarning,
  respondProblem,
  type Served,
  type Serving,
  speakFor,
  TRACING,
  type Wire,
} from "../../wire/internal.ts"
import {
  type Failure,
  Invalid,
  Overloaded,
  type Problem,
  toProblem,
} from "../../contracts/internal.ts"
import type { AnyActor } from "../actor.ts"
import { learned } from "./broken-log.ts"
import { type CommandAnswer, retryReasonOf } from "./command.ts"
import { contentHash, scopeOf } from "./repeats/content.ts"
import { earlierCommand } from "./reads/earlier-command.ts"
import { expired } from "./turn-failures.ts"
import { ForgetfulActors } from "./repeats/forgetful-actors.ts"
import type { Forwarder } from "./forwarder.ts"
import type { Journal } from "../journal/journal.ts"
import { DROPPED_LOGGED_MS, HOST_LIMITS, type HostLimits } from "../limits.ts"
import { answerCommand, leaveToNewer } from "./answer-command.ts"
import { Mailboxes } from "./mailboxes.ts"
import type { MailboxServices } from "./mailbox-services.ts"
import { MemoryBudget } from "./memory-budget.ts"
import { Inspector } from "./reads/inspector.ts"
import { Received } from "./received.ts"
import { RefusalBudget } from "./repeats/refusal-budget.ts"
import { Senders } from "./senders.ts"
import { SnapshotSizes } from "../journal/snapshot-sizes.ts"
import type { Snapshots } from "../journal/snapshots.ts"
import { memorySnapshots } from "../journal/snapshots-memory.ts"
import { CommandStatistics } from "./command-statistics.ts"
import { actorMetrics } from "../telemetry/actor-metrics.ts"
import { commandSpan } from "../telemetry/command-spans.ts"
import { hostGauges } from "../telemetry/host-gauges.ts"

/** The options of a host. */
export interface HostOptions {
  readonly actors: readonly AnyActor[]
  readonly wire: Wire
  readonly journal: Journal
  readonly snapshots?: Snapshots
  readonly limits?: Partial<HostLimits>
  /** The time, in milliseconds since 1970. */
  readonly now?: () => number
  /** The name of this node; without it, nobody can address this host as an owner. */
  readonly node?: string
  /** Relays what another node owns; without it, everything is served here. */
  readonly relay?: Forwarder
  /** Checks that a principal was verified; without it, commands with a principal are refused. */
  readonly seals?: PrincipalSeals | undefined
  /** The rules; without them, anybody may do everything. */
  readonly access?: Access | undefined
}

/** A host at work. */
export interface Host {
  /** How many actors are in memory. */
  readonly residents: () => number
  /** The memory that the actors take together, in bytes; an estimate. */
  readonly residentBytes: () => number
  /** The statistics of commands so far, by the name of the actor. */
  readonly statisticsByActor: ReadonlyMap<string, CommandStatistics>
  /** What is not as it should be but keeps nobody from working, one sentence for each. */
  readonly warnings: () => readonly string[]
  /** Takes no more commands, finishes those taken on, and drops all actors from memory. */
  readonly stop: () => Promise<void>
}

/** The queue in which the hosts of one system share commands. */
export const QUEUE = "actors"

const overloaded = ({ commandsInFlight, retryAfterMs }: HostLimits): Problem =>
  toProblem(
    new Overloaded({
      message: `this node has ${commandsInFlight} commands in flight: ask again later`,
      retryAfterMs,
    }),
  )

/** The log line about commands that are dropped, of all hosts of this process together. */
const warnOfDropped = limited(reportWarning, { burst: 1, everyMs: DROPPED_LOGGED_MS })

/**
 * Refuses an internal command without an id. The NATS server sends the answers of its own API to
 * any reply subject, even to one of commands. They have none of our headers.
 */
const withoutId = (type: string): Invalid =>
  new Invalid({ message: `${HEADER.id} is missing: only the system itself sends ${type}` })

/** A command to the name that a kind of actor had before, as one to its name of today. */
const renamed = (message: Incoming, was: string, name: string): Incoming => ({
  subject: renamedSubject(message.subject, was, name),
  payload: message.payload,
  headers: message.headers,
  reply: message.reply,
  respond: (payload, headers) => message.respond(payload, headers),
})

class RunningHost implements Host {
  readonly #wire: Wire
  readonly #inspector: Inspector
  readonly statisticsByActor = new Map<string, CommandStatistics>()
  readonly #limits: HostLimits
  readonly #now: () => number
  readonly #node: string | undefined
  readonly #relay: Forwarder | undefined
  readonly #senders: Senders
  readonly #memory: MemoryBudget
  readonly #services: MailboxServices
  readonly #mailboxes: Mailboxes
  readonly #serving: Served[] = []
  readonly #overloaded: Problem
  readonly #sweeper: ReturnType<typeof setInterval>
  readonly #gauges: Serving
  #inFlight = 0
  #drained: (() => void) | undefined

  constructor(options: HostOptions) {
    const { actors, wire, journal, snapshots = memorySnapshots(), limits, now = Date.now } = options
    this.#wire = wire
    this.#inspector = new Inspector({
      wire,
      journal,
      snapshots,
      access: options.access,
      resident: (name, id) => this.#mailboxes.residentOf(name, id),
    })
    this.#limits = { ...HOST_LIMITS, ...limits }
    this.#now = now
    this.#node = options.node
    this.#relay = options.relay
    this.#senders = new Senders(options.seals, options.access)
    this.#memory = new MemoryBudget(this.#limits.residentBytes)
    this.#services = {
      journal,
      snapshots,
      limits: this.#limits,
      refusals: new RefusalBudget(this.#limits, now),
      now,
      memory: this.#memory,
      snapshotSizes: new SnapshotSizes(),
      forgetful: new ForgetfulActors(now),
    }
    this.#mailboxes = new Mailboxes(this.#services)
    this.#overloaded = overloaded(this.#limits)
    for (const actor of actors) this.#serve(actor)
    this.#sweeper = setInterval(
      () => this.#mailboxes.sweep(),
      Math.max(10, this.#limits.idleMs / 4),
    )
    this.#gauges = METRICS.observe(() =>
      hostGauges(this.#limits, {
        inFlight: this.#inFlight,
        residents: this.#mailboxes.size,
        residentBytes: this.#memory.bytes,
        actors: this.statisticsByActor.keys(),
      })
    )
  }

  residents = () => this.#mailboxes.size

  residentBytes = () => this.#memory.bytes

  warnings = () => this.#services.forgetful.warnings()

  stop = async () => {
    await Promise.all(this.#serving.map(({ drain }) => drain()))
    await this.#relay?.stop()
    clearInterval(this.#sweeper)
    this.#gauges.close()
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#drained = resolve)
    this.#mailboxes.sleep()
  }

  #serve(actor: AnyActor): void {
    const { name } = actor.contract
    const serve = (subject: string, handler: (message: Incoming) => void) =>
      this.#serving.push(this.#wire.serve(subject, handler, QUEUE))
    const statistics = new CommandStatistics(actorMetrics(name))
    this.statisticsByActor.set(name, statistics)
    const receive = (message: Incoming) => this.#receive(actor, message, statistics)
    const dropped = () => {
      statistics.addDropped()
      warnOfDropped(
        `a command to ${name} was dropped: it has no inbox for its answer. Send commands as ` +
          "requests (nats req, not nats pub)",
      )
    }
    if (this.#node !== undefined) serve(ownedSubjects(this.#node, name), awaited(receive, dropped))
    const relay = this.#relay
    const take = (message: Incoming) => {
      if (!relay?.take(message, name, receive)) receive(message)
    }
    serve(commandsSubject(name), awaited(take, dropped))
    serve(querySubject(name), awaited((each) => this.#inspector.state(actor, each)))
    serve(querySubject(historyName(name)), awaited((each) => this.#inspector.history(actor, each)))
    const { was } = actor.contract
    if (was === undefined) return
    const moved = (each: Incoming) => take(renamed(each, was, name))
    serve(commandsSubject(was), awaited(moved, dropped))
    serve(querySubject(was), awaited((each) => this.#inspector.state(actor, each)))
    serve(querySubject(historyName(was)), awaited((each) => this.#inspector.history(actor, each)))
  }

  /** Takes a command on. */
  #receive(actor: AnyActor, message: Incoming, statistics: CommandStatistics): void {
    let format: Format = "json"
    /** Whether a policy wants what this code may be too old for. */
    let isForPolicy = false
    try {
      format = formatOf(message)
      // First, and without making an error and its stack, because this must cost next to nothing.
      if (this.#inFlight >= this.#limits.commandsInFlight) {
        statistics.addOverloaded()
        return respondProblem(message, format, this.#overloaded)
      }
      const user = this.#senders.userOf(message)
      const { id, type, trusted } = parseCommandSubject(message.subject)
      isForPolicy = trusted
      if (!trusted) this.#senders.checkTold(actor.contract.name, type, user)
      const fields = format === "protobuf"
        ? protobufFields(actor.contract, type, message.payload)
        : decodeFields(format, message.payload)
      const command = actor.contract.codec.command(type, fields)
      isForPolicy = false
      const envelope = readEnvelope(message.headers, this.#now(), trusted)
      if (message.headers[HEADER.id] === undefined && actor.contract.internal.has(type)) {
        throw withoutId(type)
      }
      if (trusted) this.#senders.checkPolicy(user)
      else {
        this.#senders.check({ name: actor.contract.name, id, type, data: command.data }, user)
        if (user) speakFor(envelope, user)
      }
      this.#inFlight++
      const received = new Received(
        command,
        contentHash(type, fields, scopeOf(envelope)),
        envelope,
        retryReasonOf(envelope, trusted),
        this.#answered,
        actor,
        message,
        format,
        statistics,
      )
      if (envelope.expectedVersion !== undefined && !trusted) {
        received.isBlind = !this.#senders.maySeeVersion(actor.contract.name, id, user)
      }
      if (TRACING !== undefined) {
        received.span = commandSpan(TRACING, envelope, actor.contract.name, id, type)
      }
      if (envelope.askedSince === undefined) this.#mailboxes.of(actor, id).offer(received)
      else void this.#offerUnlessKnown(received, id, envelope.askedSince)
    } catch (error) {
      const { [HEADER.id]: id, [HEADER.correlation]: correlation } = message.headers
      const failure = failureOf(error, message.subject, lineFields(id, correlation))
      if (!isForPolicy) return this.#refuse(message, format, failure, statistics)
      // While releases roll, a policy of the next one sends what only nodes of that one know.
      statistics.addRefused(failure)
      const { contract } = actor
      leaveToNewer(this.#relay, { contract, incoming: message, format }, failure, false)
    }
  }

  /** Offers a command of a policy to its actor, unless the log shows that it was carried out. */
  async #offerUnlessKnown(received: Received, id: string, since: number): Promise<void> {
    const { actor, envelope } = received
    const { name } = actor.contract
    try {
      const { journal } = this.#services
      const check = () => {
        if (envelope.deadline < this.#now()) throw expired()
      }
      const wanted = { name, id, commandId: envelope.id, since, check }
      const known = await earlierCommand(journal, wanted).catch(async (error) => {
        await learned(journal, name, id, error)
        return await earlierCommand(journal, wanted)
      })
      if (known) received.answer(known)
      else this.#mailboxes.of(actor, id).offer(received)
    } catch (error) {
      const fields = lineFields(envelope.id, envelope.correlation)
      received.answer(failureOf(error, `looking for a command of ${name} ${id}`, fields))
    }
  }

  #refuse(
    message: Incoming,
    format: Format,
    failure: Failure,
    statistics: CommandStatistics,
  ): void {
    statistics.addRefused(failure)
    respondProblem(message, format, toProblem(failure))
  }

  readonly #answered = (received: Received, answer: CommandAnswer): void => {
    this.#inFlight--
    if (this.#inFlight === 0) this.#drained?.()
    answerCommand(this.#wire, received, answer, this.#relay)
    // An actor that is in memory already may have grown past the bound.
    if (this.#memory.isSpent) this.#mailboxes.makeRoom()
  }
}

/** Starts to serve these actors. */
export const startHost = (options: HostOptions): Host => new RunningHost(options)
