/**
 * Rule: code uses no runtime's own globals, and the shop's handlers take time and ids from `meta`.
 */
import { codeOf } from "./syntax.ts"
import { importsOf } from "./import-statement.ts"
import { isTest, nameOf, type Rule, type Tree, typeScriptOf, type Violation } from "./rule.ts"

/** The modules that Node's globals are imported from, so that every runtime has them. */
const modules: Readonly<Record<string, string>> = {
  process: "node:process",
  Buffer: "node:buffer",
}

const ambient =
  /\bDate\.now\(\)|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.now\b|\brandomUUID\b/

/** The folders of an example that are its bounded contexts. */
const isContext = (path: string): boolean =>
  /^examples\/[^/]+\/(?!load\/|deploy\/)[^/]+\//.test(path)

/** Refuses globals of one runtime, and clocks and random numbers in a shop context's handlers. */
export const globals: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  for (const [path, text] of typeScriptOf(tree)) {
    const imported = boundBy(text)
    for (const [index, line] of codeOf(text).split("\n").entries()) {
      const message = problemOf(path, line, imported)
      if (message === undefined) continue
      violations.push({ path, line: index + 1, rule: "globals", message })
    }
  }
  return violations
}

/** The names of Node's globals that a file imports. */
function boundBy(text: string): ReadonlySet<string> {
  const clauses = importsOf(text).filter(({ specifier }) => specifier.startsWith("node:"))
    .map(({ clause }) => clause).join(" ")
  return new Set(Object.keys(modules).filter((name) => new RegExp(`\\b${name}\\b`).test(clauses)))
}

function problemOf(
  path: string,
  line: string,
  imported: ReadonlySet<string>,
): string | undefined {
  if (/(?<![\w.$])(Deno|Bun)\./.test(line) && !/-(deno|bun)\.ts$/.test(nameOf(path))) {
    return "a global of one runtime: use a node: module, which Node and Deno both have"
  }
  if (/(?<![\w.$])__(dirname|filename)\b/.test(line)) {
    return "modules have no such name: use import.meta.dirname, or a URL from import.meta.url"
  }
  const name = /(?<![\w.$])(process|Buffer)\./.exec(line)?.[1] ?? ""
  if (modules[name] !== undefined && !imported.has(name)) {
    return `${name} is used as a global: import it from "${modules[name]}"`
  }
  if (isContext(path) && !isTest(path) && ambient.test(line)) {
    return "a handler is pure: take time, ids and random numbers from its meta"
  }
  return undefined
}
