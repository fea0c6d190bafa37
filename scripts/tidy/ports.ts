/** Rule: a port has a memory twin, a driver, and one suite that the tests of both run. */
import { importsOf, resolveFrom } from "./import-statement.ts"
import {
  isTest,
  nameOf,
  type Rule,
  topOf,
  type Tree,
  typeScriptOf,
  type Violation,
} from "./rule.ts"

const portFolders = new Set(["wire", "actors", "projections"])
const twin = /^(.+)-(memory|nats|postgres)\.ts$/

/** Refuses a port without twins or suite, and a twin whose test does not run the suite. */
export const ports: Rule = (tree: Tree) =>
  [...portsOf(tree)].flatMap(([port, twins]) => problemsOf(tree, port, twins))

/** Each port by its path without `.ts`, with its twins by kind, likewise. */
function portsOf(tree: Tree): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>()
  const paths = [...typeScriptOf(tree)].map(([path]) => path)
  for (const path of paths) {
    const [, name, kind] = twin.exec(path) ?? []
    if (name === undefined || kind === undefined || !portFolders.has(topOf(path))) continue
    if (isTest(path)) continue
    // A twin without a port of its name, like log-memory.ts, is shared by other twins.
    const port = portOf(paths, name)
    if (port === undefined) continue
    found.set(port, (found.get(port) ?? new Map()).set(kind, path.replace(/\.ts$/, "")))
  }
  return found
}

/** The port of a twin: in its own folder, or in another folder of the same room. */
function portOf(paths: readonly string[], name: string): string | undefined {
  if (paths.includes(`${name}.ts`)) return name
  const file = `/${nameOf(name)}.ts`
  const found = paths.filter((path) =>
    topOf(path) === topOf(name) && path.endsWith(file) && !isTest(path)
  )
  return found.length === 1 ? found[0]?.replace(/\.ts$/, "") : undefined
}

function problemsOf(
  tree: Tree,
  port: string,
  twins: ReadonlyMap<string, string>,
): Violation[] {
  const violations: Violation[] = []
  const report = (path: string, message: string) =>
    violations.push({ path, line: 1, rule: "ports", message })
  if (!twins.has("memory")) report(`${port}.ts`, `the port has no twin ${port}-memory.ts`)
  if (![...twins.keys()].some((kind) => kind !== "memory")) {
    report(`${port}.ts`, `the port has no driver: ${port}-nats.ts or ${port}-postgres.ts`)
  }
  const suite = `${port}.suite.ts`
  if (!tree.has(suite)) report(`${port}.ts`, `the port has no shared suite ${suite}`)
  for (const path of twins.values()) {
    const test = `${path}.test.ts`
    const text = tree.get(test)
    if (text === undefined) report(`${path}.ts`, `the twin has no test ${test}`)
    else if (!importsOf(text).some(({ specifier }) => resolveFrom(test, specifier) === suite)) {
      report(test, `the test does not import the shared suite ${suite}`)
    }
  }
  return violations
}
