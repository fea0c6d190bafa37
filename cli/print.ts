/** Prints lines, tables and JSON to the standard output. */
import process from "node:process"
import { harmless } from "../wire/internal.ts"

/** Prints a line. */
export const printLine = (line: string): void => void process.stdout.write(`${harmless(line)}\n`)

/** Prints a value as JSON, on one line. */
export const printJson = (value: unknown): void => printLine(JSON.stringify(value))

/** The lines of a table from a head and rows with equally many cells. Numbers align right. */
export const tableLines = (
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string[] => {
  const all = [head, ...rows].map((row) => row.map((cell) => String(cell).replace(/\s/g, " ")))
  const widths = head.map((_, column) => Math.max(...all.map((row) => [...row[column]!].length)))
  return all.map((row) =>
    row.map((cell, column) =>
      typeof rows[0]?.[column] === "number"
        ? cell.padStart(widths[column]!)
        : cell.padEnd(widths[column]!)
    ).join("  ").trimEnd()
  )
}

/** Prints a table. */
export const printTable = (...table: Parameters<typeof tableLines>): void =>
  tableLines(...table).forEach(printLine)

/** A count with its noun: `1 row`, `2 rows`. */
export const counted = (count: number, thing: string): string =>
  `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`

/** A length of time: `0.4 s`, `12 min`, `3 h`. */
export const duration = (seconds: number): string => {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3_600)} h`
}
