/** Where the lines of a script are in its sources, small enough to be read for an error. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
const VALUES = new Uint8Array(128)
for (let index = 0; index < 64; index++) VALUES[DIGITS.charCodeAt(index)] = index

/** Those of a line: its first column that is known, its source, and line and column there. */
const NUMBERS_PER_LINE = 4

/** The source of a line that is not known. */
const UNKNOWN = -1

/** The number at a place of a text, and the place after it. */
const numberAt = (text: string, at: number): readonly [number: number, next: number] => {
  let value = 0
  for (let shift = 0;; shift += 5) {
    const digit = VALUES[text.charCodeAt(at++)]!
    value |= (digit & 31) << shift
    if (digit < 32) return [value & 1 ? -(value >>> 1) : value >>> 1, at]
  }
}

/** The numbers of the mappings of a line: each has one, four or five. */
const mappingsIn = (text: string): number[][] =>
  text.split(",").map((mapping) => {
    const numbers: number[] = []
    for (let at = 0; at < mapping.length;) {
      const [number, next] = numberAt(mapping, at)
      numbers.push(number)
      at = next
    }
    return numbers
  })

/**
 * The mapping of the first word of each line, by `NUMBERS_PER_LINE`, from the `mappings` of a
 * source map. All numbers count from 0.
 */
export const lineMap = (mappings: string): Int32Array => {
  const lines = mappings.split(";")
  const numbers = new Int32Array(lines.length * NUMBERS_PER_LINE).fill(UNKNOWN)
  let [source, line, column] = [0, 0, 0]
  for (const [index, text] of lines.entries()) {
    // Columns of the script begin again in each line; all else goes on from the mapping before.
    let [own, found] = [0, 0]
    for (const [step = 0, ...steps] of mappingsIn(text)) {
      own += step
      if (steps.length < 3) continue
      source += steps[0]!
      line += steps[1]!
      column += steps[2]!
      // The first one is often that of the indentation, which differs.
      const isFirst = found === 0 || found === 1 && numbers[index * NUMBERS_PER_LINE] === 0
      if (isFirst) numbers.set([own, source, line, column], index * NUMBERS_PER_LINE)
      found++
    }
  }
  return numbers
}
