/** Rule: a port has a memory twin, a driver, and one suite that the tests of all of them run. */
import { importsOf, resolveFrom } from "./import-statement.ts"
import { type Rule, topOf, type Tree, typeScriptOf, type Violation } from "./rule.ts"

const portFolders = new Set(["contracts", "actors", "projections"])
const twin = /^(.+)-(memory|nats|postgres)\.ts$/

/** Refuses a port without twins and suite, and a twin whose test does not run the suite. */
export const ports: Rule = (tree: Tree) =>
  [...portsOf(tree)].flatMap(([port, kinds]) => problemsOf(tree, port, kinds))

/** Each port by its path without `.ts`, with the kinds of twins that it has. */
function portsOf(tree: Tree): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [path] of typeScriptOf(tree)) {
    const [, port, kind] = twin.exec(path) ?? []
    if (port === undefined || kind === undefined) continue
    // A twin without a port of its name, like log-memory.ts, is what other twins share.
    if (!portFolders.has(topOf(path)) || !tree.has(`${port}.ts`)) continue
    found.set(port, [...found.get(port) ?? [], kind])
  }
  return found
}

function problemsOf(tree: Tree, port: string, kinds: readonly string[]): Violation[] {
  const violations: Violation[] = []
  const report = (path: string, message: string) =>
    violations.push({ path, line: 1, rule: "ports", message })
  if (!kinds.includes("memory")) report(`${port}.ts`, `the port has no twin ${port}-memory.ts`)
  if (!kinds.some((kind) => kind !== "memory")) {
    report(`${port}.ts`, `the port has no driver: ${port}-nats.ts or ${port}-postgres.ts`)
  }
  const suite = `${port}.suite.ts`
  if (!tree.has(suite)) report(`${port}.ts`, `the port has no shared suite ${suite}`)
  for (const kind of kinds) {
    const test = `${port}-${kind}.test.ts`
    const text = tree.get(test)
    if (text === undefined) report(`${port}-${kind}.ts`, `the twin has no test ${test}`)
    else if (!importsOf(text).some(({ specifier }) => resolveFrom(test, specifier) === suite)) {
      report(test, `the test does not import the shared suite ${suite}`)
    }
  }
  return violations
}
