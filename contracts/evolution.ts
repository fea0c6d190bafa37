/** Evolution: the history of a contract's events, which turns stored events into those of today. */
import { Internal, Invalid, isFailure, NotFound } from "./errors.ts"
import { EVENTS_OF_ONE, MESSAGE_NAME } from "./limits.ts"
import { messageOf } from "./message-of.ts"

type PlainFields = Record<string, unknown>

/** Turns the plain fields of one schema version into those of the next. */
export type Upcast = (fields: PlainFields) => PlainFields

/** Makes the plain fields of an event: of one, or of each in a list, which can be empty. */
export type Part = (fields: PlainFields) => PlainFields | readonly PlainFields[]

/**
 * What a version of an event became: another event with the same fields (`"OrderPlaced"`), several
 * events in this order (`{ Paid: …, Shipped: … }`), or `"nothing"`. `"OrderPlaced@2"` names a
 * version; without one, the event must have one version only.
 */
export interface Becomes {
  readonly becomes: string | { readonly [event: string]: Part }
}

/** One step of an event's history: what became of one version of it. */
export type Step = Upcast | Becomes

/**
 * For each event that has changed: what became of version 1, of version 2, and so on. The last step
 * of an event that no longer exists says which event it became.
 */
export type Upcasts = { readonly [event: string]: readonly Step[] | undefined }

/** An event of today, by type and plain fields. */
export interface Today {
  readonly type: string
  readonly fields: unknown
}

/** An event of some version, by type and plain fields. */
export interface Stored extends Today {
  readonly version: number
}

const NOTHING = "nothing"
const TARGET = /^([^@]+)(?:@([1-9][0-9]{0,3}))?$/

/** A step, checked. `keep` gives the fields of the next version. */
interface Way {
  readonly keep?: Upcast
  readonly parts?: readonly Target[]
}

interface Target {
  readonly type: string
  readonly version: number
  readonly part: Part
}

/** The history of one contract's events. */
export class Evolution {
  readonly #contract: string
  /** The events of today, each with its current version. */
  readonly #live: ReadonlyMap<string, number>
  readonly #ways = new Map<string, readonly Way[]>()
  readonly #leadsTo = new Map<string, readonly string[]>()

  /** Throws `TypeError` for a history that is not one: it names the step and what to write. */
  constructor(contract: string, live: Iterable<string>, upcasts: Upcasts) {
    this.#contract = contract
    this.#live = new Map([...live].map((type) => {
      return [type, (Object.hasOwn(upcasts, type) ? upcasts[type]?.length ?? 0 : 0) + 1]
    }))
    const entries = Object.entries(upcasts).filter(([, steps]) => steps !== undefined)
    const steps = new Map(entries as [string, readonly Step[]][])
    for (const [type, of] of steps) {
      this.#checkEnd(type, of)
      this.#ways.set(type, of.map((step, at) => this.#wayOf(type, at + 1, step, steps)))
    }
    const open = new Set<string>()
    const done = new Map<string, ReadonlySet<string>>()
    for (const [type, ways] of this.#ways) {
      const met = new Set<string>(this.#live.has(type) ? [type] : [])
      ways.forEach((_, at) => this.#ends(type, at + 1, open, done).forEach((end) => met.add(end)))
      if (met.size !== 1 || !met.has(type)) this.#leadsTo.set(type, [...met])
    }
  }

  /** The events that no longer exist, and how many versions each had. */
  get former(): ReadonlyMap<string, number> {
    const former = [...this.#ways].filter(([type]) => !this.#live.has(type))
    return new Map(former.map(([type, ways]) => [type, ways.length]))
  }

  /** How many versions of an event are known; 0 for an unknown event. */
  versions(type: string): number {
    return this.#live.get(type) ?? this.#ways.get(type)?.length ?? 0
  }

  /** The events of today that a stored event can become; undefined if that is only itself. */
  leadsTo(type: string): readonly string[] | undefined {
    return this.#leadsTo.get(type)
  }

  /** The current version of an event of today; undefined for any other event. */
  current(type: string): number | undefined {
    return this.#live.get(type)
  }

  /**
   * What a stored event needs that this code lacks: `NotFound` for an unknown event, `Internal`
   * for a version newer than this code. Undefined if it is known, or if no code can know it.
   */
  foreign(type: string, schema: number): NotFound | Internal | undefined {
    const versions = this.versions(type)
    if (versions === 0) return MESSAGE_NAME.test(type) ? this.#unknown(type) : undefined
    return schema > versions ? this.#newer(type, schema, versions) : undefined
  }

  /**
   * What a stored event is today. Throws `NotFound` for an unknown event, `Internal` for a version
   * newer than this code, and `Invalid` for a name that no event can have or when a step fails.
   */
  today(type: string, schema: number, fields: unknown): readonly Today[] {
    const foreign = this.foreign(type, schema)
    if (foreign) throw foreign
    if (this.versions(type) === 0) throw this.#nameless(type)
    const found: Today[] = []
    this.#walk(type, schema, fields as PlainFields, found)
    return found
  }

  /** What one version becomes in its next step. Throws what the step throws. */
  step(type: string, version: number, fields: PlainFields): readonly Stored[] {
    const { keep, parts = [] } = this.#ways.get(type)?.[version - 1] ?? {}
    if (keep) return [{ type, version: version + 1, fields: keep(fields) }]
    return parts.flatMap(({ type, version, part }) => {
      const made = part(fields)
      return (Array.isArray(made) ? made : [made]).map((each) => ({ type, version, fields: each }))
    })
  }

  #walk(type: string, schema: number, fields: PlainFields, found: Today[]): void {
    const ways = this.#ways.get(type) ?? []
    for (let version = schema; version <= ways.length; version++) {
      const { keep, parts = [] } = ways[version - 1]!
      try {
        if (!keep) return this.#split(parts, fields, found)
        fields = keep(fields)
      } catch (error) {
        if (isFailure(error)) throw error
        throw new Invalid({
          message: `${this.#contract}: the upcast of ${type} from version ${version} failed: ` +
            messageOf(error),
        })
      }
    }
    if (found.length === EVENTS_OF_ONE) {
      throw new Invalid({
        message: `${this.#contract}: one stored event became more than ${EVENTS_OF_ONE} events`,
      })
    }
    found.push({ type, fields })
  }

  #split(parts: readonly Target[], fields: PlainFields, found: Today[]): void {
    for (const { type, version, part } of parts) {
      const made = part(fields)
      for (const each of Array.isArray(made) ? made : [made]) {
        this.#walk(type, version, each, found)
      }
    }
  }

  #unknown(type: string): NotFound {
    return new NotFound({
      message: `${this.#contract} has no event ${type}, and its upcasts do not name it. If an ` +
        "older version of the code wrote it, say in the contract what it became: " +
        `upcasts: { ${type}: [{ becomes: "…" }] }. If a newer one did, run that version here ` +
        `too. It has: ${[...this.#live.keys()].join(", ") || "none"}`,
    })
  }

  #nameless(type: string): Invalid {
    const name = JSON.stringify(type.slice(0, 64))
    return new Invalid({
      message: `${this.#contract}: no event can be called ${name}, so no release has written it`,
    })
  }

  #newer(type: string, schema: number, versions: number): Internal {
    return new Internal({
      message: `${type} was written under schema ${schema}, but this code knows only ` +
        `${versions}: run the newer version here too`,
      reference: SCHEMA_FROM_THE_FUTURE,
    })
  }

  #refuse(type: string, what: string): TypeError {
    return new TypeError(`${this.#contract}: the upcasts of ${type} ${what}`)
  }

  #checkEnd(type: string, steps: readonly Step[]): void {
    if (!MESSAGE_NAME.test(type)) throw this.#refuse(type, "name no event: call it LikeThis")
    if (this.#live.has(type)) return
    const last = steps.at(-1)
    if (last !== undefined && typeof last !== "function") return
    throw this.#refuse(
      type,
      "do not say what it became, and it is no event of this contract: end them with " +
        '{ becomes: "OtherEvent" } or { becomes: "nothing" }, or correct the name',
    )
  }

  #wayOf(
    type: string,
    version: number,
    step: Step,
    steps: ReadonlyMap<string, readonly Step[]>,
  ): Way {
    if (typeof step === "function") return { keep: step }
    const { becomes } = step
    const parts = becomes === NOTHING
      ? []
      : typeof becomes === "string"
      ? [this.#target(type, becomes, (fields) => fields, steps)]
      : Object.entries(becomes).map(([name, part]) => this.#target(type, name, part, steps))
    const names = parts.map((part) => `${part.type}@${part.version}`)
    const twice = names.find((name, at) => names.indexOf(name) !== at)
    if (twice !== undefined) throw this.#refuse(type, `have two ways to ${twice}: keep one`)
    if (!this.#live.has(type) || names.includes(`${type}@${version + 1}`)) return { parts }
    throw this.#refuse(
      type,
      `say that version ${version} became ${
        names.join(", ") || NOTHING
      }, but it is still an event ` +
        `of this contract: remove it from the events, or name ${type}@${version + 1} among what ` +
        "it became",
    )
  }

  #target(
    from: string,
    text: string,
    part: Part,
    steps: ReadonlyMap<string, readonly Step[]>,
  ): Target {
    const [, type = "", number] = TARGET.exec(text) ?? []
    const versions = this.#live.get(type) ?? steps.get(type)?.length ?? 0
    if (versions === 0) {
      const known = [...new Set([...this.#live.keys(), ...steps.keys()])].join(", ")
      throw this.#refuse(from, `name "${text}", which is no event; there are: ${known}`)
    }
    if (number === undefined && versions > 1) {
      throw this.#refuse(
        from,
        `name ${type}, which has ${versions} versions: say of which version the fields are, such ` +
          `as "${type}@1"`,
      )
    }
    const version = Number(number ?? 1)
    if (version <= versions) return { type, version, part }
    throw this.#refuse(from, `name ${text}, but ${type} has only ${versions} versions`)
  }

  #nextOf(type: string, version: number): readonly Pick<Target, "type" | "version">[] {
    const way = this.#ways.get(type)?.[version - 1]
    return way?.parts ?? (way ? [{ type, version: version + 1 }] : [])
  }

  /** The events of today that a version ends as. Throws if its ways go round in a circle. */
  #ends(
    type: string,
    version: number,
    open: Set<string>,
    done: Map<string, ReadonlySet<string>>,
  ): ReadonlySet<string> {
    if (version === this.#live.get(type)) return new Set([type])
    const here = `${type}@${version}`
    const known = done.get(here)
    if (known) return known
    if (open.has(here)) {
      throw this.#refuse(type, `go round in a circle: ${[...open, here].join(" → ")}`)
    }
    open.add(here)
    const ends = new Set<string>()
    for (const next of this.#nextOf(type, version)) {
      for (const end of this.#ends(next.type, next.version, open, done)) ends.add(end)
    }
    open.delete(here)
    done.set(here, ends)
    return ends
  }
}

/** The reference of the failure to read a version that is newer than the code. */
const SCHEMA_FROM_THE_FUTURE = "schema-from-the-future"
