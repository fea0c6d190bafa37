/** The nearest known name: what somebody probably meant who wrote a name that nobody knows. */
import { NEAREST_CHARACTERS, NEAREST_NAMES } from "./limits.ts"

/** The row of distances to each beginning of the other text. Swaps of neighbours count once. */
const distance = (one: string, other: string): number => {
  let [before, last]: [number[], number[]] = [
    [],
    Array.from({ length: other.length + 1 }, (_, n) => n),
  ]
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1]
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]
      if (swapped) least = Math.min(least, before[j - 2]! + 1)
      row.push(least)
    }
    ;[before, last] = [last, row]
  }
  return last[other.length]!
}

/** A name without what people mix up: capitals, dashes and underscores. */
const bare = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, "")

/** The known name that is most like this one; undefined if none is like it. */
export const nearest = (name: string, known: Iterable<string>): string | undefined => {
  if (name.length > NEAREST_CHARACTERS) return undefined
  const sought = bare(name)
  let best = sought.length
  let found: string | undefined
  let looked = 0
  for (const each of known) {
    if (++looked > NEAREST_NAMES) break
    const other = bare(each)
    const most = Math.max(1, Math.floor(Math.max(sought.length, other.length) / 3))
    if (Math.abs(other.length - sought.length) > most) continue
    const apart = distance(sought, other)
    if (apart <= most && (apart < best || apart === 0)) [best, found] = [apart, each]
  }
  return found
}

/** `; did you mean "x"?` with the nearest known name, or nothing. */
export const didYouMean = (name: string, known: Iterable<string>): string => {
  const meant = nearest(name, known)
  return meant === undefined ? "" : `; did you mean "${meant}"?`
}
