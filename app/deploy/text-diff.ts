/** The difference of two texts, line by line. */

/** How many pairs of lines are compared at most. Beyond that, all lines between are shown. */
const COMPARED = 4_000_000

/** How many unchanged lines are shown around a change. */
const AROUND = 2

/** A line with the sign of what becomes of it. */
type Mark = readonly [sign: " " | "-" | "+", line: string]

/** The marks of lines that differ, by the longest common subsequence. */
const marksOf = (before: readonly string[], after: readonly string[]): Mark[] => {
  if (before.length * after.length > COMPARED) {
    return [
      ...before.map((line): Mark => ["-", line]),
      ...after.map((line): Mark => ["+", line]),
    ]
  }
  const width = after.length + 1
  const runs = new Uint32Array((before.length + 1) * width)
  for (let one = before.length - 1; one >= 0; one--) {
    for (let other = after.length - 1; other >= 0; other--) {
      runs[one * width + other] = before[one] === after[other]
        ? runs[(one + 1) * width + other + 1]! + 1
        : Math.max(runs[(one + 1) * width + other]!, runs[one * width + other + 1]!)
    }
  }
  const marks: Mark[] = []
  let [one, other] = [0, 0]
  while (one < before.length || other < after.length) {
    if (one < before.length && other < after.length && before[one] === after[other]) {
      marks.push([" ", before[one]!])
      one++
      other++
    } else if (
      other >= after.length ||
      one < before.length &&
        runs[(one + 1) * width + other]! >= runs[one * width + other + 1]!
    ) marks.push(["-", before[one++]!])
    else marks.push(["+", after[other++]!])
  }
  return marks
}

/** The changed lines, `-` before and `+` after, with a few around them; empty for the same text. */
export const textDiff = (before: string, after: string): string[] => {
  if (before === after) return []
  const marks = marksOf(before.split("\n"), after.split("\n"))
  const near = (index: number): boolean =>
    marks.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(([sign]) => sign !== " ")
  const lines: string[] = []
  for (const [index, [sign, line]] of marks.entries()) {
    if (near(index)) lines.push(`${sign} ${line}`)
    else if (lines.length > 0 && lines.at(-1) !== "…") lines.push("…")
  }
  return lines
}
