/** What is checked of every projection: its name, and the number that its author counts up. */
import { splitName } from "../contracts/internal.ts"

/** Splits the name of a projection. Throws `TypeError` for one that cannot be. */
export const splitProjection = (name: string): { context: string; local: string } => {
  const parts = splitName(name, "the projection")
  if (!parts.local.includes("--")) return parts
  throw new TypeError(
    `the projection "${name}" has two dashes in a row, which would be two underscores in the ` +
      "names of its tables, and these part a table from its number: use one",
  )
}

/** Throws `TypeError` for a version that cannot be. */
export const checkVersion = (name: string, version: number): void => {
  if (Number.isSafeInteger(version) && version >= 1) return
  throw new TypeError(`${name}: its version must be a whole number from 1`)
}
