/** Rule: the client for other services loads nothing but our own files and the NATS client. */
import { importsOf, isRelative, resolveFrom } from "./import-statement.ts"
import type { Rule, Tree, Violation } from "./rule.ts"

/** The door of the client. */
const door = "wire/client/mod.ts"

const isAllowed = (specifier: string): boolean =>
  specifier === "nats" || specifier.startsWith("node:")

/** Refuses a package that the client would load, types included. Follows every import. */
export const thinClient: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  const reached = new Map([[door, door]])
  for (const [path, through] of reached) {
    for (const { specifier, line } of importsOf(tree.get(path) ?? "")) {
      if (isRelative(specifier)) {
        const target = resolveFrom(path, specifier)
        if (!reached.has(target)) reached.set(target, path)
        continue
      }
      if (isAllowed(specifier)) continue
      const message = `leftfold/client loads this file (by ${through}) and must not load ` +
        `${specifier}: import contracts/plain.ts instead of internal.ts, or move what is shared`
      violations.push({ path, line, rule: "thin-client", message })
    }
  }
  return violations
}
