/** A lock file: every version of every message of one contract that was ever released. */
import { digest, messageOf } from "../../contracts/internal.ts"
import { decodeOwn, encodeText, isMap } from "../../wire/internal.ts"
import type { Json } from "./persisted.ts"

/** One released shape of a version. A version has several if it was changed compatibly. */
export interface Shape {
  /** The description that can be revived; absent when it exists only as code. */
  readonly schema?: Json
  /** Why there is no description. */
  readonly why?: string
  /** The JSON Schema, for people. */
  readonly json: Json
  /** Plain values, written by the code of that time. */
  readonly golden: readonly Json[]
  /** The digest of all of this. */
  readonly hash: string
}

/** A version of a message. */
export interface LockedVersion {
  readonly shapes: readonly Shape[]
  /** The digest of what the golden values become in the next step, once there is one. */
  readonly became?: string
}

/** The versions of a message, oldest first. */
export interface LockedMessage {
  readonly versions: readonly LockedVersion[]
  /**
   * Present when this command is no longer sent, or no log has this event: the day of that, such
   * as `2026-11-28`.
   */
  readonly retired?: string
}

/** The messages of one kind, by name. */
export type LockedMessages = { readonly [type: string]: LockedMessage }

/** The lock of one contract. */
export interface ContractLock {
  readonly leftfold: 1
  readonly contract: string
  readonly events: LockedMessages
  readonly commands: LockedMessages
}

/** The lock of a contract that was never released. */
export const unlocked = (contract: string): ContractLock => ({
  leftfold: 1,
  contract,
  events: {},
  commands: {},
})

const hashOf = ({ schema, why, json, golden }: Omit<Shape, "hash">): string =>
  digest(JSON.stringify([schema ?? null, why ?? null, json, golden])).slice(0, 16)

/** A shape with its hash. */
export const shapeOf = (parts: Omit<Shape, "hash">): Shape => ({ ...parts, hash: hashOf(parts) })

/** A lock file that is not one, or that somebody has changed by hand. */
export class BrokenLock extends Error {
  override readonly name = "BrokenLock"
}

const isVersion = (value: unknown): value is LockedVersion =>
  isMap(value) && /string|undefined/.test(typeof value.became) && isFilled(value.shapes) &&
  value.shapes.every((shape) =>
    isMap(shape) && Array.isArray(shape.golden) && typeof shape.hash === "string"
  )

const isMessages = (value: unknown): value is LockedMessages =>
  isMap(value) &&
  Object.values(value).every((message) =>
    isMap(message) && /string|undefined/.test(typeof message.retired) &&
    isFilled(message.versions) &&
    message.versions.every(isVersion)
  )

const isFilled = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0

/**
 * The JSON of a file of the locks. Throws `BrokenLock` for other text, and for a member that is
 * there twice: a merge that keeps both sides leaves one, and most parsers then forget the first.
 */
export const lockJson = (text: string, path: string): unknown => {
  try {
    return decodeOwn("json", encodeText(text))
  } catch (error) {
    throw new BrokenLock(
      `${path} is not JSON, or a merge has damaged it: ${messageOf(error)}. Restore it as it was ` +
        "committed, and let leftfold schema lock add to it",
      { cause: error },
    )
  }
}

/** Reads a lock file. Throws `BrokenLock` for another file, and for one that was changed. */
export const readLock = (text: string, path: string): ContractLock => {
  const lock = lockJson(text, path)
  if (
    !isMap(lock) || lock.leftfold !== 1 || typeof lock.contract !== "string" ||
    !isMessages(lock.events) || !isMessages(lock.commands)
  ) throw new BrokenLock(`${path} is not a lock file of this version: restore it`)
  const { contract, events, commands } = lock
  for (const [type, { versions }] of Object.entries({ ...events, ...commands })) {
    versions.forEach(({ shapes }, at) => {
      for (const shape of shapes) {
        if (hashOf(shape) === shape.hash) continue
        throw new BrokenLock(
          `${path}: ${type}, version ${at + 1}, was changed by hand. What was released cannot be ` +
            "altered: restore the file, and let leftfold schema lock add to it",
        )
      }
    })
  }
  return { leftfold: 1, contract, events, commands }
}

const line = (indent: number, key: string, value: Json | undefined): string[] =>
  value === undefined
    ? []
    : [`${" ".repeat(indent)}${JSON.stringify(key)}: ${JSON.stringify(value)}`]

const shapeText = ({ schema, why, json, golden, hash }: Shape): string => {
  const values = golden.map((value) => `        ${JSON.stringify(value)}`).join(",\n")
  return [
    ...line(6, "schema", schema),
    ...line(6, "why", why),
    ...line(6, "json", json),
    `      "golden": [\n${values}\n      ]`,
    ...line(6, "hash", hash),
  ].join(",\n")
}

const versionText = ({ shapes, became }: LockedVersion): string => {
  const all = shapes.map((shape) => `{\n${shapeText(shape)}\n      }`).join(", ")
  return `    { "shapes": [${all}]${became === undefined ? "" : `, "became": "${became}"`} }`
}

const messagesText = (messages: LockedMessages): string => {
  const all = Object.keys(messages).toSorted().map((type) => {
    const { versions, retired } = messages[type]!
    const head = retired === undefined ? "" : `"retired": "${retired}", `
    return `    "${type}": { ${head}"versions": [\n${
      versions.map(versionText).join(",\n")
    }\n    ] }`
  })
  return all.length === 0 ? "{}" : `{\n${all.join(",\n")}\n  }`
}

/** The text of a lock file: one value a line, so that what was added can be reviewed. */
export const lockText = ({ contract, events, commands }: ContractLock): string =>
  `{\n  "leftfold": 1,\n  "contract": "${contract}",\n` +
  `  "events": ${messagesText(events)},\n  "commands": ${messagesText(commands)}\n}\n`
