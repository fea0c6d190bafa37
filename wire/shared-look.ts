/** A shared look: simultaneous callers wait for the same look, and later ones briefly reuse it. */

/**
 * Makes `look` shared. A caller that comes while a look is under way, or up to `keptMs`
 * milliseconds after it ended, gets what that look found, or its failure.
 */
export const sharedLook = <A>(look: () => Promise<A>, keptMs: number): () => Promise<A> => {
  let last: { readonly found: Promise<A>; untilMs: number } | undefined
  return () => {
    if (last && performance.now() < last.untilMs) return last.found
    const mine = { found: look(), untilMs: Infinity }
    last = mine
    const end = () => void (mine.untilMs = performance.now() + keptMs)
    mine.found.then(end, end)
    return mine.found
  }
}
