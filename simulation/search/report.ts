/** The report of a failure: its shortest story, what went wrong, and how to see it again. */
import { LISTED } from "../limits.ts"
import { type Broken, LAWS } from "../model/broken.ts"
import { lengthOf, type Line, shown } from "../model/story.ts"
import { run, type Scenario } from "../run.ts"
import { optionsOf } from "./selection-text.ts"
import type { Shrunk } from "./shrink.ts"

/** A time since the beginning of a run: `+3 ms`, `+1 s`, `+30 min`. */
const since = (milliseconds: number): string => `+${lengthOf(milliseconds)}`

/** The lines of a story as a table; the middle of a long story is left out. */
export const storyLines = (lines: readonly Line[]): string[] => {
  const begin = lines[0]?.at ?? 0
  const rows = lines.map(({ at, who, what }) => [since(at - begin), who, what] as const)
  const [wide, wider] = [0, 1].map((column) =>
    Math.max(0, ...rows.map((row) => row[column]!.length))
  )
  const all = rows.map(([at, who, what]) =>
    `${at.padStart(wide ?? 0)}  ${who.padEnd(wider ?? 0)}  ${what}`
  )
  if (all.length <= LISTED.storyLines) return all
  const half = Math.floor(LISTED.storyLines / 2)
  const left = all.length - half * 2
  return [...all.slice(0, half), `… ${left} lines are left out …`, ...all.slice(-half)]
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

/** A run, and the law that it breaks, if it breaks one. */
type Told = Pick<Shrunk, "selection"> & { readonly broken: Broken | undefined }

/** The report of a run. `module` is what the command line loads to see it again. */
export const reportOf = async (
  scenario: Scenario,
  { selection, broken }: Told,
  module = "MODULE",
): Promise<string> => {
  const { story, struck, world } = await run(scenario, selection, { withStory: true })
  const calls = selection.keep?.size ?? selection.calls
  const faults = [...new Set(struck.map(({ fault }) => fault))]
  const states = [...world.actors.cells.values()].filter(({ events }) => events.length > 0)
    .map(({ actor, id, state }) => [`${actor.contract.name} ${id}`, state] as const)
  return [
    broken ? `${LAWS[broken.law]}: ${broken.message}` : "every law holds",
    "",
    `${counted(calls, "call")}, ${counted(struck.length, "fault")}` +
    (faults.length > 0 ? ` (${faults.join(", ")})` : ""),
    "",
    ...storyLines(story?.lines ?? []),
    "",
    ...(story?.lastChange ? [story.lastChange] : []),
    ...states.map(([who, state]) => `${who} is ${shown(state)}`),
    "",
    `again: leftfold simulate ${module} ${optionsOf(selection)}`,
  ].join("\n")
}
