/** Upcasts: they bring events that were stored under an older schema up to the current one. */
import { Internal } from "./errors.ts"

/** Turns the plain fields of one schema version into those of the next. */
export type Upcast = (fields: Record<string, unknown>) => Record<string, unknown>

/** For each event that has changed: the steps from version 1 to 2, from 2 to 3, and so on. */
export type Upcasts = { readonly [event: string]: readonly Upcast[] }

/** The current schema version of an event: the number of its upcasts plus one. */
export const currentSchema = (upcasts: Upcasts, type: string): number =>
  (Object.hasOwn(upcasts, type) ? upcasts[type]?.length ?? 0 : 0) + 1

/** The plain fields under the current schema. Throws `Internal` for a newer version. */
export const upcast = (
  upcasts: Upcasts,
  type: string,
  stored: number,
  fields: unknown,
): unknown => {
  const current = currentSchema(upcasts, type)
  if (stored === current) return fields
  if (stored > current) {
    throw new Internal({
      message: `${type} was written under schema ${stored}, but this code knows only ${current}: ` +
        "run the newer version here too",
      reference: "schema-from-the-future",
    })
  }
  const steps = upcasts[type] ?? []
  return steps.slice(stored - 1)
    .reduce((value, step) => step(value), fields as Record<string, unknown>)
}
