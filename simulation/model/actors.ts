/** The actors of a simulated application: they decide commands and keep their logs. */
import { isDeepStrictEqual } from "node:util"
import type { AnyActor, DecideMeta, Outcome } from "../../actors/internal.ts"
import { type AnyContract, frozen } from "../../contracts/internal.ts"
import {
  type RecordedEvent,
  recordedMeta,
  type StoredCommit,
  type StoredEvent,
} from "../../wire/internal.ts"
import { mix } from "../chance.ts"
import { RUN, STRIKES } from "../limits.ts"
import type { Elsewhere } from "../simulation-options.ts"
import { Broken } from "./broken.ts"
import { Cell, type ReadCommit } from "./cell.ts"
import { type Core, latency } from "./core.ts"
import { SimulatedMeta } from "./decide-meta.ts"
import { Delivery, to } from "./delivery.ts"
import { guarded } from "./guard.ts"
import { readable } from "./readable.ts"
import type { Sent, SentAnswer } from "./sent.ts"
import {
  checkState,
  type DecidedEvent,
  decoded,
  evolved,
  folded,
  knows,
  madeOf,
  plainOf,
  storedEvent,
} from "./states.ts"
import { became, changed, said, shown } from "./story.ts"

const SALT = { turn: 21, append: 22, sleep: 23, code: 24, ids: 25, twice: 26, forget: 27 } as const

/** How often a decision is taken twice to see whether it is the same. */
const TWICE_IN = 16

/** The keys of the events that stored ones with these keys became. */
const keysOf = (events: readonly RecordedEvent[], keys: readonly number[]): readonly number[] =>
  events.map(({ meta: { index }, part }) =>
    part === undefined ? keys[index]! : mix(keys[index]!, part)
  )

/** An actor of another application: it has events, and no state that is known here. */
const standIn = (contract: AnyContract): AnyActor => ({
  contract,
  initial: undefined,
  state: undefined,
  evolve: () => undefined,
  decide: () => {
    throw new Broken("rest", "", `no actor of the application decides for ${contract.name}`)
  },
})

interface Decided {
  readonly sent: Sent
  readonly answer: SentAnswer | undefined
  readonly events: readonly DecidedEvent[]
}

/** Decides commands, stores what is decided, and hands the commits on. */
export class Actors {
  readonly delivery: Delivery
  readonly cells = new Map<string, Cell>()
  /** The commits of all actors, by context, in the order of their sequences. */
  readonly logs = new Map<string, ReadCommit[]>()
  readonly #core: Core
  readonly #byName: ReadonlyMap<string, AnyActor>
  readonly #older: ReadonlyMap<string, AnyActor>
  /** What stands for the actors of other applications, of which only the events are known. */
  readonly #elsewhere: ReadonlyMap<string, AnyActor>
  readonly #stored: (commit: ReadCommit) => void

  constructor(
    core: Core,
    actors: readonly AnyActor[],
    older: readonly AnyActor[],
    follows: readonly AnyContract[],
    stored: (commit: ReadCommit) => void,
  ) {
    this.#core = core
    this.#elsewhere = new Map(follows.map((contract) => [contract.name, standIn(contract)]))
    this.#byName = new Map(actors.map((actor) => [actor.contract.name, actor]))
    this.#older = new Map(older.map((actor) => [actor.contract.name, actor]))
    for (const actor of [...actors, ...older]) frozen(actor.initial)
    this.#stored = stored
    this.delivery = new Delivery(core, (sent) => this.#receive(sent))
  }

  /** The actor of a contract with this id. Throws `Broken` if the application has none. */
  cellOf({ name }: Pick<AnyContract, "name">, id: string): Cell {
    const key = `${name}/${id}`
    const known = this.cells.get(key)
    if (known) return known
    const actor = this.#byName.get(name)
    if (!actor) throw new Broken("rest", "", `no actor of the application decides for ${name}`)
    const cell = new Cell(actor, id)
    this.cells.set(key, cell)
    return cell
  }

  /** An event happens in an application that this one follows. */
  happen({ contract: { name }, id, event }: Elsewhere, command: string, key: number): void {
    const { schedule, story, coverage } = this.#core
    const actor = this.#elsewhere.get(name)!
    const cell = this.cells.get(`${name}/${id}`) ?? new Cell(actor, id)
    this.cells.set(`${name}/${id}`, cell)
    const { plain, event: made } = madeOf(actor, event)
    coverage?.happened(name, made.type, cell.events.at(-1)?.type)
    story?.add(`${name} ${id}`, `${said(made)} happens in another application`)
    const log = this.#logOf(actor.contract.context)
    const stored: StoredCommit = {
      ...{ base: cell.events.length, sequence: log.length + 1, ancestors: [] },
      events: [{ ...plain, command, time: schedule.now }],
    }
    cell.events.push(readable(made))
    const commit = this.#read(cell, stored, [key], key)
    cell.commits.push(commit)
    log.push(commit)
    this.#core.changed()
    this.#stored(commit)
  }

  #receive(sent: Sent): void {
    const cell = this.cellOf(sent.contract, sent.id)
    cell.mailbox.push(sent)
    if (!cell.isBusy) this.#turn(cell)
  }

  /** Decides everything that waits, and appends it now or after a while. */
  #turn(cell: Cell): void {
    const { chance, schedule, story } = this.#core
    const waiting = cell.mailbox.splice(0)
    const [first] = waiting
    if (!first) return void (cell.isBusy = false)
    const place = mix(mix(first.key, SALT.turn), first.decisions)
    this.#wake(cell, place)
    const decided = this.#decide(cell, waiting)
    const place2 = mix(place, SALT.append)
    for (const sent of waiting) sent.decisions++
    if (first.decisions <= STRIKES.redecided && chance.strikes("redecide", place2)) {
      cell.isBusy = true
      story?.add(to(first), `decides ${names(waiting)}, but the commit is not stored`)
      schedule.in(latency(this.#core, place2), () => {
        cell.mailbox.unshift(...waiting)
        this.#turn(cell)
      })
      return
    }
    if (chance.strikes("gather", place2)) {
      cell.isBusy = true
      schedule.in(1 + chance.at(place2) % 50, () => this.#finish(cell, decided, place))
    } else this.#finish(cell, decided, place)
  }

  /** Stores what was decided, answers, and goes on with what has come meanwhile. */
  #finish(cell: Cell, decided: readonly Decided[], place: number): void {
    const sequence = this.#append(cell, decided, place)
    for (const { sent, answer, events } of decided) {
      this.delivery.answer(sent, answer ?? { kind: "accepted", sequence, events: events.length })
    }
    cell.isBusy = false
    if (cell.mailbox.length > 0) this.#turn(cell)
  }

  /** Decides commands one after another on the evolving state. The cell does not change. */
  #decide(cell: Cell, waiting: readonly Sent[]): Decided[] {
    const decided: Decided[] = []
    let state = cell.state
    let version = cell.events.length
    for (const sent of waiting) {
      const before = this.#before(cell, decided, sent)
      if (before) {
        decided.push({ sent, answer: before, events: [] })
        continue
      }
      const outcome = this.#outcome(cell.code, state, version, sent)
      if ("kind" in outcome || outcome.length === 0) {
        const answer: SentAnswer = "kind" in outcome
          ? outcome
          : { kind: "accepted", sequence: 0, events: 0 }
        decided.push({ sent, answer, events: [] })
        continue
      }
      const made = outcome.map((event) => madeOf(cell.code, event))
      for (const { event } of made) state = evolved(cell.code, state, event)
      version += made.length
      decided.push({ sent, answer: undefined, events: made })
    }
    return decided
  }

  /** The answer to a command that was decided before; undefined for a new one. */
  #before(cell: Cell, decided: readonly Decided[], sent: Sent): SentAnswer | undefined {
    const known = cell.accepted.get(sent.commandId)
    if (known && !this.#isForgotten(sent, known.time)) return { ...known, kind: "accepted" }
    if (sent.refusal) return sent.refusal
    const same = decided.find((other) => other.sent.commandId === sent.commandId)
    return same && (same.answer ?? { kind: "accepted", sequence: 0, events: same.events.length })
  }

  #isForgotten(sent: Sent, time: number): boolean {
    const { chance, schedule } = this.#core
    return sent.isFromOutside && schedule.now - time > sent.contract.idempotencyWindowMs &&
      chance.strikes("forget", mix(mix(sent.key, SALT.forget), sent.tries))
  }

  #outcome(actor: AnyActor, state: unknown, version: number, sent: Sent): Outcome {
    const { name } = actor.contract
    const { command } = sent
    const decide = () => actor.decide(state, command, this.#metaOf(sent, version))
    const outcome = frozen(guarded("decide", name, command.type, decide))
    if (this.#core.isStrict || mix(sent.key, SALT.twice) % TWICE_IN === 0) {
      const again = frozen(guarded("decide", name, command.type, decide))
      if (!isDeepStrictEqual(outcome, again)) {
        const message = `decide of ${name} gives ${shown(outcome)} and then ${shown(again)} for ` +
          `the same ${
            said(command)
          } in the same state: it depends on something that it is not given`
        throw new Broken("pure", `decide of ${name}`, message)
      }
    }
    this.#core.coverage?.decided(name, state, command.type)
    if ("kind" in outcome) {
      plainOf(actor, outcome)
      this.#core.coverage?.rejected(name, outcome.type)
    }
    return outcome
  }

  #metaOf(sent: Sent, version: number): DecideMeta {
    const { chance, schedule } = this.#core
    const place = mix(mix(sent.key, SALT.ids), sent.decisions)
    return new SimulatedMeta(sent, version, schedule.now, chance, place)
  }

  /** Stores the events of a turn as one commit; returns its sequence. */
  #append(cell: Cell, decided: readonly Decided[], place: number): number {
    const { schedule, story, coverage } = this.#core
    const { contract } = cell.actor
    const events: StoredEvent[] = []
    const keys: number[] = []
    const log = this.#logOf(contract.context)
    const sequence = log.length + 1
    const base = cell.events.length
    const before = cell.state
    for (const { sent, answer, events: made } of decided) {
      if (answer) this.#refuse(cell, sent, answer)
      for (const [index, { event, plain }] of made.entries()) {
        events.push(storedEvent(plain, sent, schedule.now))
        keys.push(mix(sent.key, index))
        coverage?.happened(contract.name, event.type, cell.events.at(-1)?.type)
        cell.state = evolved(cell.code, cell.state, event)
        cell.events.push(readable(event))
      }
      if (made.length === 0) continue
      story?.add(
        to(sent),
        `${said(sent.command)} → ${became(sent.command, made.map(({ event }) => event))}`,
      )
      cell.accepted.set(sent.commandId, { sequence, events: made.length, time: schedule.now })
    }
    if (events.length === 0) return 0
    if (story) {
      const [was, is] = changed(before, cell.state)
      story.lastChange = `the last change: ${contract.name} ${cell.id} from ${shown(was)} to ` +
        shown(is)
    }
    if (cell.events.length > RUN.eventsOfActor) {
      throw new Broken("rest", "", `${contract.name} ${cell.id} has ${cell.events.length} events`)
    }
    const stored: StoredCommit = { base, sequence, events, ancestors: [] }
    const commit = this.#read(cell, stored, keys, place)
    cell.commits.push(commit)
    if (this.#core.isStrict) checkState(cell)
    log.push(commit)
    this.#core.changed()
    this.#stored(commit)
    return sequence
  }

  #refuse(cell: Cell, sent: Sent, answer: SentAnswer): void {
    const { story } = this.#core
    const isRepeat = cell.accepted.has(sent.commandId)
    if (!isRepeat && !(answer.kind === "accepted" && answer.events > 0)) sent.refusal = answer
    if (!story || sent.isAnswered) return
    const outcome = answer.kind === "rejection"
      ? `${said(sent.command)} → ${said(answer)}, a rejection`
      : isRepeat
      ? `${sent.command.type} → accepted before`
      : `${said(sent.command)} → nothing to do`
    story.add(to(sent), outcome)
  }

  /** Reads a commit as those who follow the log do: decoded from what is stored. */
  #read({ actor, id }: Cell, stored: StoredCommit, keys: readonly number[], key: number) {
    const { contract } = actor
    const events = stored.events.flatMap((event, index) => {
      const meta = recordedMeta(contract, id, stored, index)
      return decoded(contract, event).map((each, part) =>
        part === 0 ? { event: frozen(each), meta } : { event: frozen(each), meta, part }
      )
    })
    return { key, contract, id, stored, events, keys: keysOf(events, keys) }
  }

  /** Gives the actor to a node: perhaps one with older code, perhaps one that must fold its log. */
  #wake(cell: Cell, place: number): void {
    const { chance, story } = this.#core
    const older = this.#older.get(cell.actor.contract.name)
    const isOlder = older && chance.strikes("older", mix(place, SALT.code)) && knows(older, cell)
    const code = isOlder ? older : cell.actor
    if (code !== cell.code) {
      story?.add(to({ contract: cell.actor.contract, id: cell.id }), "moves to other code")
      cell.code = code
      cell.state = folded(code, cell)
    } else if (cell.commits.length > 0 && chance.strikes("sleep", mix(place, SALT.sleep))) {
      checkState(cell)
    }
  }

  #logOf(context: string): ReadCommit[] {
    const known = this.logs.get(context)
    if (known) return known
    const log: ReadCommit[] = []
    this.logs.set(context, log)
    return log
  }
}

const names = (waiting: readonly Sent[]): string =>
  waiting.map(({ command }) => command.type).join(", ")
