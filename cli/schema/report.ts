/** What `leftfold check` and `leftfold schema check` print. */
import type { Finding, LogSample, SchemaReport } from "../../app/internal.ts"
import { counted, duration, printLine } from "../print.ts"

const WORDS = { breaks: "BREAKS", warns: "may break", waits: "waits", notes: "note" } as const

/** Prints a finding: what breaks, the smallest value for which it does, and what to do. */
export const printFinding = (finding: Finding): void => {
  const { severity, subject, message, tried, failed, value, advice, direction } = finding
  const count = tried === undefined ? "" : ` ${failed} of ${tried} values fail.`
  printLine(`${WORDS[severity]}  ${subject}${direction === "forward" ? " (roll)" : ""}:${count}`)
  printLine(`  ${message}`)
  if (value !== undefined) printLine(`  smallest value: ${JSON.stringify(value).slice(0, 500)}`)
  printLine(`  → ${advice}`)
}

/** Prints what a check against the locks found. `since` is when it began. */
export const printReport = (
  { findings, versions, values, unlocked }: SchemaReport,
  since: number,
) => {
  findings.filter(({ severity }) => severity !== "notes").forEach(printFinding)
  const notes = findings.filter(({ severity }) => severity === "notes").length
  if (notes > 0) printLine(`${counted(notes, "note")}: --json shows them`)
  const took = duration((Date.now() - since) / 1_000)
  const broken = findings.filter(({ severity }) => severity === "breaks").length
  printLine(
    `${counted(versions, "version")} of messages, ${counted(values, "value")}, ${took}: ` +
      (broken === 0 ? "nothing breaks" : `${counted(broken, "thing")} would break`),
  )
  if (unlocked.length === 0) return
  printLine(`not locked yet: ${unlocked.slice(0, 20).join(", ")}. leftfold schema lock`)
}

/** Prints what a sample of the logs found. */
export const printSample = (found: LogSample): void => {
  const { findings, messages, events, seen, old, unused } = found
  findings.filter(({ severity }) => severity !== "notes").forEach(printFinding)
  const outdated = new Map(old.map((each) => [each.version, each]))
  const versions = Object.entries(seen).toSorted(([one], [other]) => one < other ? -1 : 1)
  for (const [version, count] of versions) {
    const place = outdated.get(version)
    const where = place ? `, old: from ${place.first} to ${place.last}` : ""
    printLine(`  ${version}: ${count.toLocaleString("en")}${where}`)
  }
  if (unused.length > 0) printLine(`not in the log, so no upcast is needed: ${unused.join(", ")}`)
  const { tried, histories, longHistories } = found
  const long = longHistories > 0 ? ` (${longHistories.toLocaleString("en")} were left out)` : ""
  printLine(
    `${counted(messages, "message")} of the log, ${counted(events, "event")} in them; ` +
      `${counted(tried, "message")} tried, and the own histories of ` +
      `${counted(histories, "actor")}${long}`,
  )
}
