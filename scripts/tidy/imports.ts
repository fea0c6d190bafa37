/** Rule: a file imports only from where the design lets it, and enters a folder by its door. */
import { importsOf, type ImportStatement, isRelative, resolveFrom } from "./import-statement.ts"
import {
  folderOf,
  isTest,
  nameOf,
  type Rule,
  topOf,
  type Tree,
  typeScriptOf,
  type Violation,
} from "./rule.ts"

const allowed: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  actors: ["contracts"],
  projections: ["contracts"],
  gateway: ["contracts", "projections"],
  app: ["contracts", "actors", "projections", "gateway"],
  cli: ["contracts", "actors", "projections", "app"],
}

const isFramework = (folder: string): boolean => Object.hasOwn(allowed, folder)
const door = /^(mod|testing)\.ts$|-(memory|nats|postgres)\.ts$/
const compositionRoot = /^examples\/(.+\/)?main\.ts$/

/** Refuses an import that crosses a border of the design. */
export const imports: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  for (const [path, text] of typeScriptOf(tree)) {
    for (const statement of importsOf(text)) {
      const message = problemOf(path, statement)
      if (message === undefined) continue
      violations.push({ path, line: statement.line, rule: "imports", message })
    }
  }
  return violations
}

function problemOf(path: string, { specifier }: ImportStatement): string | undefined {
  if (/^leftfold(\/|$)/.test(specifier)) return problemOfPublished(path)
  if (!isRelative(specifier)) return undefined
  const target = resolveFrom(path, specifier)
  if (target.startsWith("..")) return `${specifier} leaves the repository; import a package instead`
  if (!/\.(ts|json)$/.test(target)) return `${specifier} has no extension; write it with .ts`
  if (topOf(path) === "scripts") return undefined
  return problemOfScripts(path, target) ?? problemOfMain(path, target) ??
    problemOfFramework(path, target) ?? problemOfExample(path, target)
}

function problemOfPublished(path: string): string | undefined {
  if (!isFramework(topOf(path))) return undefined
  return "the framework does not import itself by its published name; use a relative path"
}

function problemOfScripts(path: string, target: string): string | undefined {
  if (topOf(target) !== "scripts") return undefined
  if (path.endsWith(".test.ts") && /^scripts\/testing(\/|\.ts$)/.test(target)) return undefined
  return "nothing imports scripts, except that a *.test.ts file may import scripts/testing"
}

function problemOfMain(path: string, target: string): string | undefined {
  if (!compositionRoot.test(target) || path.endsWith(".test.ts")) return undefined
  return "a composition root knows everything, so nothing but scripts and tests imports it"
}

function problemOfFramework(path: string, target: string): string | undefined {
  const [from, to] = [topOf(path), topOf(target)]
  if (!isFramework(from) || from === to || isTest(path)) return undefined
  if (!allowed[from]?.includes(to)) {
    const list = allowed[from]?.join(", ") || "nothing else of ours"
    return `${from} must not import from ${to}; it may import from ${list}`
  }
  if (door.test(nameOf(target))) return undefined
  return `enter ${to} by its door, ../${to}/mod.ts, and export there what is missing`
}

function problemOfExample(path: string, target: string): string | undefined {
  if (topOf(path) !== "examples") return undefined
  if (topOf(target) === "scripts") return undefined
  if (topOf(target) !== "examples") {
    return "an example is a user: import the published name (leftfold/…) instead of a path"
  }
  const context = /^examples\/[^/]+\/[^/]+(?=\/)/.exec(path)?.[0]
  if (context === undefined || `${folderOf(target)}/`.startsWith(`${context}/`)) return undefined
  if (/^examples\/[^/]+\/[^/]+\/contract\.ts$/.test(target)) return undefined
  return "contexts know each other by their contracts only: import the other's contract.ts"
}
