/** Checks of every projection: its name, and the version that its author counts up. */
import {
  type AnyContract,
  checkContracts,
  checkFields,
  checkFunction,
  checkHandlers,
  checkOptions,
  splitName,
} from "../contracts/internal.ts"

/** Splits the name of a projection. Throws `TypeError` for an illegal name. */
export const splitProjection = (name: string): { context: string; local: string } => {
  const parts = splitName(name, "the projection")
  if (!parts.local.includes("--")) return parts
  throw new TypeError(
    `the projection "${name}" has two dashes in a row: use one, because two underscores in a ` +
      "table's name separate the table from its number",
  )
}

/** Throws `TypeError` for an illegal version. */
export const checkVersion = (name: string, version: number): void => {
  if (Number.isSafeInteger(version) && version >= 1) return
  throw new TypeError(`${name}: its version must be a whole number from 1`)
}

type Options = { readonly [name: string]: unknown }

/** The names of all events of some contracts. */
const eventsOf = (contracts: readonly AnyContract[]): string[] =>
  contracts.flatMap(({ events }) => Object.keys(events))

/** Throws `TypeError` for what types do not show, above all where a file is not type-checked. */
export const checkFolded = (name: string, known: object, options: object): void => {
  checkOptions(`the projection ${name}`, options, Object.keys(known))
  const { from, row, key, on } = options as Options
  checkContracts(name, from)
  checkFields(`${name}: its row`, row)
  const contracts = from as readonly AnyContract[]
  const kind = `event of ${contracts.map((contract) => contract.name).join(" or ")}`
  checkHandlers(name, on, { types: eventsOf(contracts), kind })
  if (typeof key === "string") return
  const { column, of } = Object(key) as Options
  if (typeof column !== "string") throw new TypeError(`${name}: its key must name a column`)
  checkFunction(`${name}: the key's "of"`, of)
}

/** As `checkFolded`, for a raw projection. */
export const checkRaw = (name: string, known: object, options: object): void => {
  checkOptions(`the projection ${name}`, options, Object.keys(known))
  const { from, tables, make, onBatch } = options as Options
  checkContracts(name, from)
  if (!Array.isArray(tables)) throw new TypeError(`${name}: tables must be a list of names`)
  checkFunction(`${name}: make`, make)
  checkFunction(`${name}: onBatch`, onBatch, true)
}
