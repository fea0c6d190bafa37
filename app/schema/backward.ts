/** Backward: what was ever stored or sent is read and folded by today's code. */
import {
  type AnyContract,
  frozen,
  isFailure,
  type Message,
  messageOf,
} from "../../contracts/internal.ts"
import { SCHEMA } from "../limits.ts"
import type { Finding, Severity } from "./finding.ts"
import type { Shape } from "./lock-file.ts"
import type { MachineTrial } from "./machine.ts"
import type { Hints } from "./mutations.ts"
import type { Json } from "./persisted.ts"
import { revive } from "./persisted.ts"
import { smallest, type Values, valuesOf } from "./values.ts"

/** What one version of a message is tried with. */
export interface Backward {
  readonly contract: AnyContract
  readonly kind: "event" | "command"
  readonly type: string
  readonly version: number
  readonly shape: Shape
  /** Whether today's code reads it otherwise than the code that wrote it. */
  readonly isChanged: boolean
  readonly hints: Hints
  readonly trials: readonly MachineTrial[]
  readonly count: number
  readonly seed: number
}

/** A failure of one value. */
interface Broken {
  readonly where: string
  readonly why: string
  readonly isCertain: boolean
}

const readOf = ({ contract: { codec }, kind, type, version }: Backward) => (plain: Json) => {
  const data: unknown = frozen(structuredClone(plain))
  if (kind === "command") return codec.command(type, data)
  return codec.event({ type, schema: version, data })
}

type Read = Message | readonly Message<"event">[]

const eventsOf = (read: Read): readonly Message<"event">[] =>
  "kind" in read ? [read as Message<"event">] : read

/** What is wrong with a value; undefined if nothing is. */
const brokenBy = (given: Backward): (plain: Json) => Broken | undefined => {
  const read = readOf(given)
  return (plain) => {
    let events: readonly Message<"event">[]
    try {
      events = eventsOf(read(plain))
    } catch (error) {
      const why = isFailure(error) && error._tag === "Invalid"
        ? [error.message, ...(error.issues ?? []).map(({ path, message }) => `${path}: ${message}`)]
          .slice(0, 2).join("; ")
        : messageOf(error)
      return { where: "reading", why, isCertain: true }
    }
    for (const trial of given.trials) {
      const failure = trial.failure(events)
      if (!failure) continue
      return {
        where: trial.machine.name,
        why: messageOf(failure.error),
        isCertain: failure.isCertain,
      }
    }
    return undefined
  }
}

const subjectOf = ({ contract, kind, type, version }: Backward): string =>
  `${contract.name} ${type}${kind === "event" ? ` v${version}` : ""}`

const adviceOf = ({ kind, type, version, contract }: Backward, where: string): string => {
  if (kind === "command") {
    return "callers of the last release and timers still send it: keep the field optional or " +
      "give it a default, and name the new command differently if it means something else"
  }
  if (where !== "reading") return `let ${where} take every value that ${type} v${version} can have`
  const current = contract.codec.evolution.current(type)
  return current === undefined || current > version
    ? `correct the upcast of ${type} from version ${version}`
    : `count up the version: upcasts: { ${type}: [… (v${version}) => …] } turns the old fields ` +
      "into the new ones"
}

/** What has not changed and does not fit today's own values either is no news. */
const severityOf = ({ isChanged }: Backward, { where, isCertain }: Broken): Severity =>
  where === "reading" || isCertain && isChanged ? "breaks" : isChanged ? "warns" : "notes"

const found = (
  given: Backward,
  plain: Json,
  broken: Broken,
  tried: number,
  failed: number,
  accepts: (plain: Json) => boolean,
): Finding => {
  const breaks = brokenBy(given)
  const holds = (value: Json) => accepts(value) && breaks(value)?.where === broken.where
  const value = smallest(plain, holds)
  const last = breaks(value) ?? broken
  return {
    severity: severityOf(given, broken),
    direction: "back",
    subject: subjectOf(given),
    message: `${last.where === "reading" ? "" : `${last.where}: `}${last.why}`,
    tried,
    failed,
    value,
    advice: adviceOf(given, last.where),
  }
}

/** The values of a shape; only its golden ones if it cannot be revived. */
const valuesIn = ({ shape, hints, count, seed }: Backward): Values => {
  const { schema, golden } = shape
  if (schema === undefined) return { accepts: () => false, plain: golden }
  return valuesOf(revive(schema), { count, seed, hints, golden })
}

/** Values that were written by the code of their time, and that today's code writes otherwise. */
function* rewritten(given: Backward): Generator<Finding> {
  const { contract: { codec }, type, kind, version, shape } = given
  if (kind === "event" && codec.evolution.current(type) !== version) return
  const read = readOf(given)
  for (const golden of shape.golden) {
    let again: unknown
    try {
      const message = read(golden)
      if (!("kind" in message)) continue
      again = codec.plain(message).data
    } catch {
      continue
    }
    const [was, is] = [JSON.stringify(golden), JSON.stringify(again)]
    if (was.length === is.length && sorted(golden) === sorted(again)) continue
    yield {
      severity: "notes",
      direction: "back",
      subject: subjectOf(given),
      message: `today's code writes ${is} for what was written as ${was}`,
      advice: "if fields were removed, nothing is to do; if a field was renamed, its old values " +
        "are no longer read: count up the version and carry them over with an upcast",
    }
    return
  }
}

const sorted = (value: unknown): string =>
  JSON.stringify(
    value,
    (_, each) =>
      typeof each === "object" && each !== null && !Array.isArray(each)
        ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => a < b ? -1 : 1))
        : each,
  )

/** Tries values of one locked shape: at most one finding for each place where they fail. */
export const backward = (given: Backward): { findings: readonly Finding[]; tried: number } => {
  const { accepts, plain } = valuesIn(given)
  const breaks = brokenBy(given)
  const failed = new Map<string, { plain: Json; broken: Broken; count: number }>()
  for (const each of plain) {
    const broken = breaks(each)
    if (!broken) continue
    const key = `${broken.where} ${broken.isCertain}`
    const known = failed.get(key)
    const isSmaller = !known || JSON.stringify(each).length < JSON.stringify(known.plain).length
    const count = (known?.count ?? 0) + 1
    failed.set(key, isSmaller ? { plain: each, broken, count } : { ...known, count })
  }
  const findings = [...failed.values()].slice(0, SCHEMA.findings).map((each) =>
    found(given, each.plain, each.broken, plain.length, each.count, accepts)
  )
  return { findings: [...findings, ...rewritten(given)], tried: plain.length }
}
