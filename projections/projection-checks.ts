/** Checks of every projection: its name, and the version that its author counts up. */
import { splitName } from "../contracts/internal.ts"

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
