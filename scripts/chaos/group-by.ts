/** Groups things. */

/** Groups things by `keyOf`, in the order in which they came. */
export const groupBy = <T>(
  things: readonly T[],
  keyOf: (thing: T) => string,
): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const thing of things) {
    const key = keyOf(thing)
    const group = groups.get(key)
    if (group) group.push(thing)
    else groups.set(key, [thing])
  }
  return groups
}
