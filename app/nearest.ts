/** Finds the name that is nearest to a mistyped one. */

/** How many letters to insert, delete or change to turn one word into the other. */
export const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1]
    for (const [column, wanted] of [...other].entries()) {
      const changed = row[column]! + (letter === wanted ? 0 : 1)
      next.push(Math.min(changed, row[column + 1]! + 1, next[column]! + 1))
    }
    row = next
  }
  return row.at(-1)!
}

/** The nearest name; undefined if more than a third of it would have to change. */
export const nearest = (name: string, names: readonly string[]): string | undefined => {
  const [best] = names.map((each) => ({ each, far: distance(name, each) }))
    .sort((one, other) => one.far - other.far)
  return best && best.far <= best.each.length / 3 ? best.each : undefined
}
