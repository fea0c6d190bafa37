/** The totals of test processes, of what Node's spec reporter prints at the end of each. */

const COUNTS = ["tests", "pass", "fail", "cancelled", "skipped", "todo"] as const

/** Sums the counts of some outputs, and repeats their failing tests. */
export const totals = (outputs: readonly string[]): string => {
  const failing = outputs.flatMap((each) => each.split(/^✖ failing tests:$/m).slice(1))
  const sum = (count: string) =>
    outputs.reduce((all, each) => all + last(each, new RegExp(`^ℹ ${count} (\\d+)$`, "gm")), 0)
  return [
    ...(failing.length > 0 ? ["✖ failing tests:", ...failing.map((each) => each.trim()), ""] : []),
    ...COUNTS.map((count) => `ℹ ${count} ${sum(count)}`),
    "",
  ].join("\n")
}

/** The number that a pattern finds last: a test may print the output of another run. */
const last = (text: string, pattern: RegExp): number =>
  Number([...text.matchAll(pattern)].at(-1)?.[1] ?? 0)
