/** The inspector: answers questions for the states of actors, now or in the past, and histories. */
import {
  type Access,
  answerBytes,
  bytesTaken,
  checkId,
  decodeFields,
  encode,
  failureOf,
  type Format,
  formatOf,
  HEADER,
  type Incoming,
  partsHeaders,
  REQUEST_TIMEOUT_MS,
  respondProblem,
  respondWhole,
  weigh,
  type Wire,
} from "../../../wire/internal.ts"
import {
  checkParameters,
  Invalid,
  plainForm,
  textParameter,
  Timeout,
  timeParameter,
  TooLarge,
  toProblem,
  wholeParameter,
} from "../../../contracts/internal.ts"
import { ActorLog } from "./actor-log.ts"
import type { AnyActor } from "../../actor.ts"
import { learned } from "../broken-log.ts"
import { historyPage } from "./history-page.ts"
import { Inspections } from "./inspections.ts"
import type { Journal } from "../../journal/journal.ts"
import { READS } from "../../limits.ts"
import { RecentStates } from "./recent-states.ts"
import type { Resident } from "../resident.ts"
import type { Snapshots } from "../../journal/snapshots.ts"
import { StateReader } from "./state-reader.ts"

/** The options of the inspector. */
export interface InspectorOptions {
  readonly wire: Wire
  readonly journal: Journal
  readonly snapshots: Snapshots
  /** The actor in the memory of this host; undefined if it is not there. */
  readonly resident: (name: string, id: string) => Resident | undefined
  /** The rules; without them, anybody may ask. */
  readonly access?: Access | undefined
}

type Fields = Record<string, unknown>

/** A parsed question: its actor, the rest of it as text, and how to answer it. */
interface Asked {
  readonly type: "state" | "history"
  readonly id: string
  readonly text: string
  readonly answer: (log: ActorLog, format: Format) => Promise<object>
  /** The bytes that may be read for it; unbounded by default. */
  readonly bytes?: number
}

/** How a question is answered: the format, the bytes that the caller takes, and until when. */
interface Wanted {
  readonly format: Format
  readonly most: number
  readonly until: number
}

/** Parses the fields of a question. Throws `Invalid`. */
type Understand = (actor: AnyActor, fields: Fields) => Asked

const idOf = (fields: Fields, what: string): string =>
  checkId(textParameter(fields, "id", what) ?? "")

const untilOf = ({ headers }: Incoming, now: number): number => {
  const given = headers[HEADER.deadline]
  const deadline = given === undefined ? now + REQUEST_TIMEOUT_MS : Number(given)
  if (Number.isNaN(deadline)) {
    throw new Invalid({ message: `${HEADER.deadline} must be milliseconds since 1970` })
  }
  return Math.min(deadline, now + READS.longestMs)
}

/** How many times its bytes in a message the estimated memory of a value can be. */
const GENEROUS = 16

/** Answers the questions about the actors of a host. */
export class Inspector {
  readonly #options: InspectorOptions
  readonly #inspections = new Inspections()
  readonly #recent = new RecentStates()

  constructor(options: InspectorOptions) {
    this.#options = options
  }

  /** Answers with the state folded from the log, at a version or a time if asked. */
  state(actor: AnyActor, message: Incoming): void {
    void this.#answer(actor, message, this.#state)
  }

  /** Answers with a page of events and their metadata, oldest first. */
  history(actor: AnyActor, message: Incoming): void {
    void this.#answer(actor, message, this.#history)
  }

  async #answer(actor: AnyActor, message: Incoming, understand: Understand): Promise<void> {
    let format: Format = "json"
    try {
      format = formatOf(message)
      const until = untilOf(message, Date.now())
      const { wire, access } = this.#options
      const user = access?.userOf(message)
      const asked = understand(actor, decodeFields(format, message.payload))
      const { id, type } = asked
      access?.checkActor({ name: actor.contract.name, id, type, data: {} }, user)
      const most = bytesTaken(wire, message)
      const { name } = actor.contract
      if (until <= Date.now()) {
        throw new Timeout({ message: `the deadline of a question about ${name} has passed` })
      }
      const question = {
        actor: `${name} ${asked.id}`,
        text: `${format} ${most} ${asked.text}`,
        until,
      }
      const work = (until: number) => this.#workAgain(actor, asked, { format, most, until })
      const payload = await this.#inspections.answer(question, work)
      respondWhole(wire, message, format, payload)
    } catch (error) {
      const problem = toProblem(failureOf(error, message.subject))
      respondProblem(message, format, problem, partsHeaders(message, error))
    }
  }

  /** Does the work, and again if more messages are stepped over than when the log was read. */
  async #workAgain(
    actor: AnyActor,
    asked: Asked,
    wanted: Wanted,
  ): Promise<Uint8Array> {
    try {
      return await this.#work(actor, asked, wanted)
    } catch (error) {
      await learned(this.#options.journal, actor.contract.name, asked.id, error)
      return await this.#workAgain(actor, asked, wanted)
    }
  }

  async #work(
    { contract: { name } }: AnyActor,
    { id, answer, bytes = Infinity }: Asked,
    { format, most, until }: Wanted,
  ): Promise<Uint8Array> {
    const log = new ActorLog(this.#options.journal, name, id, { until, bytes })
    const payload = encode(format, await answer(log, format))
    if (payload.length > most) throw this.#tooLarge(log, payload.length, most)
    return payload
  }

  readonly #state: Understand = (actor, fields) => {
    const what = `the question for a state of ${actor.contract.name}`
    checkParameters(fields, ["id", "version", "at"], what)
    const id = idOf(fields, what)
    const version = wholeParameter(fields, "version", 0, what)
    const at = timeParameter(fields, "at", what)
    if (version !== undefined && at !== undefined) {
      const message = "Expected a version or a time, not both"
      throw new Invalid({ message: `${what}: ${message}`, issues: [{ path: "at", message }] })
    }
    const isPast = version !== undefined || at !== undefined
    return {
      type: "state",
      id,
      text: `state ${version} ${at}`,
      ...(isPast ? { bytes: READS.bytes } : {}),
      answer: async (log) => {
        const resident = this.#options.resident(log.name, id)
        const known = { snapshots: this.#options.snapshots, recent: this.#recent, resident }
        const found = await new StateReader(actor, log, known).read({ version, at })
        const { state, version: reached, position, time } = found
        const estimate = weigh(state)
        const most = answerBytes(this.#options.wire)
        if (estimate > GENEROUS * most) throw this.#tooLarge(log, estimate, most)
        return {
          id,
          version: reached,
          state: actor.state ? actor.state.codec.encode(state) : plainForm(state),
          ...(position === undefined ? {} : { position }),
          ...(time === undefined ? {} : { time: new Date(time).toISOString() }),
        }
      },
    }
  }

  readonly #history: Understand = ({ contract }, fields) => {
    const what = `the question for a history of ${contract.name}`
    checkParameters(fields, ["id", "after", "limit"], what)
    const id = idOf(fields, what)
    const after = wholeParameter(fields, "after", 0, what) ?? 0
    const wanted = wholeParameter(fields, "limit", 1, what) ?? READS.page
    const limit = Math.min(wanted, READS.largestPage)
    return {
      type: "history",
      id,
      text: `history ${after} ${limit}`,
      answer: async (log, format) => {
        const bytes = answerBytes(this.#options.wire)
        return await historyPage(contract, log, { after, limit, format, bytes })
      },
    }
  }

  #tooLarge({ name, id }: ActorLog, bytes: number, most: number): TooLarge {
    const message = `the state of ${name} ${id} takes about ${bytes} bytes, and an answer has at ` +
      `most ${most}: read its history page by page, or a view that shows a part of it`
    return new TooLarge({ message })
  }
}
