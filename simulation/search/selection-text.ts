/** The text of a selection: the options with which the command line replays a run. */
import { RUN } from "../limits.ts"
import type { Selection } from "../run.ts"

const RADIX = 36

/** The options that select a run, such as `--seed 17 --calls 3 --keep 0,2`. */
export const optionsOf = ({ seed, calls, keep, only, values }: Selection): string => {
  const list = (name: string, items: Iterable<string> | undefined) =>
    items ? ` --${name} ${[...items].join(",") || "none"}` : ""
  return `--seed ${seed} --calls ${calls}` +
    list("keep", keep && [...keep].map(String)) +
    list("faults", only && [...only].map((id) => id.toString(RADIX))) +
    list("values", values)
}

const listOf = (text: string): string[] => text === "none" ? [] : text.split(",")

/** The selection that these texts describe, as `optionsOf` writes them. */
export const selectionOf = (given: {
  readonly seed: number
  readonly calls: number | undefined
  readonly keep?: string | undefined
  readonly faults?: string | undefined
  readonly values?: string | undefined
}): Selection => {
  const { seed, calls = RUN.calls, keep, faults, values } = given
  return {
    ...{ seed, calls },
    ...(keep === undefined ? {} : { keep: new Set(listOf(keep).map(Number)) }),
    ...(faults === undefined
      ? {}
      : { only: new Set(listOf(faults).map((id) => parseInt(id, RADIX))) }),
    ...(values === undefined ? {} : { values: new Set(listOf(values)) }),
  }
}
