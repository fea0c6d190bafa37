/** Checks of a contract's definition. */
import { checkFields, checkOptions } from "./definition.ts"
import { PROBLEM_MEMBERS } from "./errors.ts"
import { MESSAGE_NAME } from "./limits.ts"
import type { Messages } from "./message.ts"

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
