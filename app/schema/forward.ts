/** Forward: what today's code writes is read by nodes of the last release, which roll with it. */
import { type AnyContract, isFailure, messageOf, schemaCodec } from "../../contracts/internal.ts"
import type { Finding } from "./finding.ts"
import type { LockedMessage } from "./lock-file.ts"
import type { Hints } from "./mutations.ts"
import { type Json, revive, typeSchema } from "./persisted.ts"
import { isSameShape, shapeToday } from "./shape.ts"
import { smallest, valuesOf } from "./values.ts"

/** What one message of today is tried with. */
export interface Forward {
  readonly contract: AnyContract
  readonly kind: "event" | "command"
  readonly type: string
  /** What was released of it; undefined for a new message. */
  readonly locked: LockedMessage | undefined
  readonly hints: Hints
  readonly count: number
  readonly seed: number
}

const issueOf = (error: unknown): string => {
  if (!isFailure(error) || error._tag !== "Invalid") return messageOf(error)
  const [first] = error.issues ?? []
  return first ? `${first.path === "" ? "" : `${first.path}: `}${first.message}` : error.message
}

const waiting = (subject: string, what: string): Finding => ({
  severity: "waits",
  direction: "forward",
  subject,
  message: `${what}: while the releases roll, nodes of the last one answer Unavailable for each ` +
    "actor that has it, and nodes of this one decide",
  advice: "roll quickly, or first deploy a version that knows it, then one that writes it",
})

/** Tries values of today against the last release. */
export const forward = (given: Forward): Finding[] => {
  const { contract, kind, type, locked, hints, count, seed } = given
  const version = kind === "event" ? contract.codec.evolution.current(type) ?? 1 : 1
  const subject = `${contract.name} ${type}${kind === "event" ? ` v${version}` : ""}`
  if (!locked) {
    if (kind === "event") return [waiting(subject, "the last release does not know this event")]
    return []
  }
  if (version > locked.versions.length) {
    return [waiting(subject, `the last release knows ${type} up to v${locked.versions.length}`)]
  }
  const shape = locked.versions[version - 1]?.shapes.at(-1)
  if (shape?.schema === undefined) return []
  const whole = contract.codec.schemas(kind)[type]
  if (!whole) return []
  const schema = typeSchema(whole)
  if (isSameShape(shapeToday(contract, kind, type), shape)) return []
  const own = schemaCodec<object>(schema, "the value")
  // A node refuses a command with a field that it does not know, and reads such an event.
  const fromAnybody = kind === "command"
  const before = schemaCodec<object>(revive(shape.schema), "the value", { fromAnybody })
  const { plain, accepts } = valuesOf(schema, { count, seed, hints })
  const failure = (value: Json): unknown => {
    try {
      const message = { kind, type, data: own.decode(value) }
      before.decode(contract.codec.plain(message).data)
      return undefined
    } catch (error) {
      return error
    }
  }
  const failing = plain.filter((value) => failure(value) !== undefined)
  const [first] = failing.toSorted((one, other) =>
    JSON.stringify(one).length - JSON.stringify(other).length
  )
  if (first === undefined) return []
  const value = smallest(first, (each) => accepts(each) && failure(each) !== undefined)
  return [{
    severity: kind === "event" ? "breaks" : "warns",
    direction: "forward",
    subject,
    message: `nodes of the last release cannot read it: ${issueOf(failure(value))}`,
    tried: plain.length,
    failed: failing.length,
    value,
    advice: kind === "event"
      ? `count up the version: upcasts: { ${type}: [… (v${version}) => …] }; old nodes then ` +
        "leave its actors to new ones. Or first deploy what reads it, then what writes it"
      : "first deploy a version that takes it, then one that sends it",
  }]
}
