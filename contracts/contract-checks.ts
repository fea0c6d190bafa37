/** Checks of a contract's definition. */
import type { Duration } from "effect"
import { checkFields, checkOptions, durationMs } from "./definition.ts"
import { PROBLEM_MEMBERS } from "./errors.ts"
import { IDEMPOTENCY_WINDOW, MESSAGE_NAME } from "./limits.ts"
import type { Messages } from "./message.ts"
import { splitName } from "./name.ts"

/** Throws `TypeError` for what types do not show: a schema that is undefined, a misspelt option. */
export const checkDefinition = (
  name: string,
  known: readonly string[],
  options: {
    readonly commands: Messages
    readonly internal?: Messages
    readonly events: Messages
    readonly rejections?: Messages
  },
): void => {
  checkOptions(`the contract ${name}`, options, known)
  const { commands, internal = {}, events, rejections = {} } = options
  for (const [kind, messages] of Object.entries({ commands, internal, events, rejections })) {
    if (typeof messages !== "object" || messages === null) {
      throw new TypeError(`the contract ${name} has no ${kind}: list them, such as { Opened: {} }`)
    }
    for (const [type, fields] of Object.entries(messages)) checkFields(`${name} ${type}`, fields)
  }
}

/** Throws `TypeError` for a message's name, or a rejection's field, that cannot be used. */
export const checkMessages = (
  name: string,
  kinds: readonly Messages[],
  rejections: Messages,
): void => {
  const seen = new Set<string>()
  for (const type of kinds.flatMap((messages) => Object.keys(messages))) {
    if (!MESSAGE_NAME.test(type)) {
      throw new TypeError(`${name}: the message "${type}" must be called LikeThis`)
    }
    if (seen.has(type)) throw new TypeError(`${name}: two messages are called ${type}`)
    seen.add(type)
  }
  for (const [type, fields] of Object.entries(rejections)) {
    const reserved = PROBLEM_MEMBERS.find((member) => Object.hasOwn(fields, member))
    if (reserved) {
      throw new TypeError(`${name}: the rejection ${type} cannot have a field "${reserved}"`)
    }
  }
}

/** The window in milliseconds. Throws `TypeError` for one that cannot be kept. */
export const windowOf = (name: string, given: Duration.Input): number => {
  const ms = durationMs(`${name}: idempotencyWindow`, given)
  const { shortestMs, longestMs } = IDEMPOTENCY_WINDOW
  if (ms >= shortestMs && ms <= longestMs) return ms
  throw new TypeError(`${name}: idempotencyWindow must be a duration from 1 second to 30 days`)
}

/** The name that a contract had before. Throws `TypeError` for one that it cannot have had. */
export const wasOf = (name: string, was: string | undefined): { readonly was?: string } => {
  if (was === undefined) return {}
  splitName(was, `the contract ${name} was`)
  if (was === name) throw new TypeError(`${name} was always called so: remove \`was\``)
  return { was }
}

/** Throws `TypeError` for a form that events cannot be stored in. */
export const checkStored = (name: string, stored: string, numbers: unknown): void => {
  if (stored !== "msgpack" && stored !== "protobuf") {
    throw new TypeError(`${name}: stored must be "msgpack" or "protobuf"`)
  }
  if (stored === "msgpack" || numbers !== undefined) return
  throw new TypeError(
    `${name}: stored: "protobuf" needs the numbers of its fields: run leftfold schema proto, and ` +
      "give what it writes as protobuf",
  )
}
