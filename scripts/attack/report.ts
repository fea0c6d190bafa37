/** The report of a run of the attacks: a table by class, and each case that went wrong. */
import { REQUEST_LOOP_MS } from "./attack-case.ts"
import { type ClassOutcome, NOT_TRIED } from "./runner.ts"

const COLUMNS = ["class", "cases", "as expected", "not", "worst loop ms", "worst healthz ms", "s"]
const COSTLIEST = 10

const rowOf = ({ name, outcomes, worstLoopMs, worstHealthzMs, ms }: ClassOutcome): string[] => {
  const wrong = outcomes.filter(({ came }) => came !== undefined).length
  const count = outcomes.length
  return [
    ...[name, String(count), String(count - wrong), String(wrong)],
    ...[worstLoopMs.toFixed(0), worstHealthzMs.toFixed(0), (ms / 1_000).toFixed(1)],
  ]
}

const totalOf = (classes: readonly ClassOutcome[]): string[] => {
  const outcomes = classes.flatMap((each) => each.outcomes)
  const most = (of: (each: ClassOutcome) => number) => Math.max(0, ...classes.map(of))
  return rowOf({
    name: "all",
    outcomes,
    worstLoopMs: most(({ worstLoopMs }) => worstLoopMs),
    worstHealthzMs: most(({ worstHealthzMs }) => worstHealthzMs),
    ms: classes.reduce((sum, { ms }) => sum + ms, 0),
  })
}

const line = (cells: readonly string[], widths: readonly number[]): string =>
  `| ${
    cells.map((cell, index) =>
      index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0)
    ).join(" | ")
  } |`

const tableOf = (rows: readonly string[][]): string[] => {
  const all = [COLUMNS, ...rows]
  const widths = COLUMNS.map((_, index) =>
    Math.max(...all.map((cells) => cells[index]?.length ?? 0))
  )
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`
  return [line(COLUMNS, widths), rule, ...rows.map((cells) => line(cells, widths))]
}

const costOf = (classes: readonly ClassOutcome[]): string[] => {
  const requests = classes.flatMap(({ name, outcomes }) =>
    outcomes.flatMap(({ loopMs, ...each }) =>
      loopMs === undefined ? [] : [{ name: `${name}: ${each.name}`, loopMs }]
    )
  ).sort((one, other) => other.loopMs - one.loopMs)
  if (requests.length === 0) return []
  const worst = requests.slice(0, COSTLIEST).map(({ name, loopMs }) =>
    `  ${loopMs.toFixed(1)} ms  ${name}`
  )
  return [
    "",
    `event-loop time of ${requests.length} kinds of hostile request, at most ` +
    `${REQUEST_LOOP_MS} ms each; the worst:`,
    ...worst,
  ]
}

/** How many cases were not as expected. */
export const wrongCount = (classes: readonly ClassOutcome[]): number =>
  classes.flatMap(({ outcomes }) => outcomes).filter(({ came }) => came !== undefined).length

const untried = (classes: readonly ClassOutcome[]): string[] =>
  classes.flatMap(({ name, outcomes }) => {
    const count = outcomes.filter(({ came }) => came === NOT_TRIED).length
    return count === 0 ? [] : [`${name}: ${count} cases were ${NOT_TRIED}`]
  })

/** The whole report as text. */
export const reportOf = (classes: readonly ClassOutcome[]): string => {
  const wrong = classes.flatMap(({ name, outcomes }) =>
    outcomes.filter(({ came }) => came !== undefined && came !== NOT_TRIED)
      .map((each) => ({ ...each, of: name }))
  )
  return [
    "",
    ...tableOf([...classes.map(rowOf), totalOf(classes)]),
    ...costOf(classes),
    ...wrong.flatMap(({ of, name, expected, came }) => [
      "",
      `NOT AS EXPECTED  ${of}: ${name}`,
      `  expected: ${expected}`,
      `  came:     ${came}`,
    ]),
    "",
    ...untried(classes),
  ].join("\n")
}
