/** Rows of figures, as a table for people or as JSON lines. */

/** One line of a benchmark. */
export interface Row {
  readonly name: string
  /** Operations per second; absent if only the time matters. */
  readonly rate?: number
  readonly p50Ms?: number
  readonly p99Ms?: number
  /** The rate of the floor in the same run. */
  readonly floorRate?: number
  /** Ours divided by the floor's. */
  readonly ratio?: number
  /** The goal for this row. */
  readonly goal?: string
  /** A remark. */
  readonly note?: string
}

const rounded = (value: number | undefined, digits: number): string =>
  value === undefined ? "" : value.toFixed(digits)

const cellsOf = ({ name, rate, p50Ms, p99Ms, floorRate, ratio, goal, note }: Row): string[] => [
  name,
  rounded(rate, 0),
  rounded(p50Ms, 2),
  rounded(p99Ms, 2),
  rounded(floorRate, 0),
  rounded(ratio, 2),
  goal ?? "",
  note ?? "",
]

const HEADINGS = ["case", "ours/s", "p50 ms", "p99 ms", "floor/s", "ratio", "goal", "note"]

/** The rows as a table in Markdown. */
export const tableOf = (rows: readonly Row[]): string => {
  const cells = [HEADINGS, ...rows.map(cellsOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`
  const [head = [], ...body] = cells
  return [line(head), rule, ...body.map(line)].join("\n")
}

/** The median. */
export const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
