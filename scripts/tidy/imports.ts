/** Rule: a file imports only from the rooms below its own, through their doors. */
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

/** Each room of the framework, and the rooms below it. */
const below: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  wire: ["contracts"],
  actors: ["contracts", "wire"],
  projections: ["contracts", "wire"],
  gateway: ["contracts", "wire", "projections"],
  app: ["contracts", "wire", "actors", "projections", "gateway"],
  simulation: ["contracts", "wire", "actors", "projections", "app"],
  cli: ["contracts", "wire", "actors", "projections", "app", "simulation"],
}

/** The rooms that test the others; they can import any file. */
const lookers = new Set(["scripts", "testing"])

const isRoom = (folder: string): boolean => Object.hasOwn(below, folder)
const door = /^([a-z]+\/internal|contracts\/plain)\.ts$/
const compositionRoot = /^examples\/(.+\/)?main\.ts$/

/** The parts of an example that start it or try it out: they know its composition root. */
const tryingOut = /^examples\/[^/]+\/(load\/|deploy\/|(cluster|simulation|punctual)\.ts$)/

/** The doors that are not for what runs in production. */
const doorsOfTrials = /^leftfold\/(development|testing|simulation)$/

/**
 * The only parts of examples that import our files by path, because the names that they need
 * would publish the machinery: `deploy/` writes and checks the users and permissions that
 * app/operations/ derives, `load/` starts and kills the processes of a shop, and `start.test.ts`
 * checks the roles and passwords of embedded servers.
 */
const byPath = /^examples\/shop\/(deploy\/|load\/|start\.test\.ts$)/

/** What the rooms above get from the driver of Postgres, by name. */
const readDoor = "projections/internal.ts"

/** The names that a clause such as `import { type A, b as c }` takes from its source. */
const namesIn = (clause: string): string[] =>
  (/\{([^}]*)\}/.exec(clause)?.[1] ?? "").split(",")
    .map((each) => each.trim().replace(/^type /, "").replace(/ as .*$/, ""))
    .filter((name) => name !== "")

/** Refuses an import that crosses a border between rooms. */
export const imports: Rule = (tree: Tree) => {
  const violations: Violation[] = []
  const ofPostgres = postgresNames(tree)
  for (const [path, text] of typeScriptOf(tree)) {
    for (const statement of importsOf(text)) {
      const message = problemOf(path, statement) ?? problemOfGateway(path, statement, ofPostgres)
      if (message === undefined) continue
      violations.push({ path, line: statement.line, rule: "imports", message })
    }
  }
  return violations
}

function problemOf(path: string, { specifier }: ImportStatement): string | undefined {
  if (/^leftfold(\/|$)/.test(specifier)) return problemOfPublished(path, specifier)
  if (!isRelative(specifier)) return undefined
  const target = resolveFrom(path, specifier)
  if (target.startsWith("..")) return `${specifier} leaves the repository; import a package instead`
  if (!/\.(ts|json)$/.test(target)) return `${specifier} has no extension; write it with .ts`
  if (topOf(path) === "scripts") return undefined
  return problemOfLookers(path, target) ?? problemOfMain(path, target) ??
    problemOfRoom(path, target) ?? problemOfExample(path, target)
}

/** What `projections/internal.ts` exports from the driver of Postgres. */
function postgresNames(tree: Tree): ReadonlySet<string> {
  const exported = importsOf(tree.get(readDoor) ?? "")
    .filter(({ specifier }) => specifier.startsWith("./postgres/"))
  return new Set(exported.flatMap(({ clause }) => namesIn(clause)))
}

function problemOfGateway(
  path: string,
  { specifier, clause }: ImportStatement,
  ofPostgres: ReadonlySet<string>,
): string | undefined {
  if (topOf(path) !== "gateway" || isTest(path) || !isRelative(specifier)) return undefined
  if (resolveFrom(path, specifier) !== readDoor) return undefined
  const name = namesIn(clause).find((each) => ofPostgres.has(each))
  if (name === undefined) return undefined
  return `${name} is of Postgres: the gateway asks the read side by messages, and knows no database`
}

function problemOfPublished(path: string, specifier: string): string | undefined {
  if (!isRoom(topOf(path))) {
    if (!doorsOfTrials.test(specifier) || topOf(path) !== "examples") return undefined
    if (isTest(path) || tryingOut.test(path)) return undefined
    return `only tests and what tries out an example import ${specifier}: it is for trials`
  }
  return "the framework does not import itself by its published name; use a relative path"
}

function problemOfLookers(path: string, target: string): string | undefined {
  const [from, to] = [topOf(path), topOf(target)]
  if (!lookers.has(to) || from === to) return undefined
  if (to === "testing" && (isTest(path) || tryingOut.test(path))) return undefined
  return to === "testing"
    ? "only tests import testing/: it starts servers, and none of it runs in production"
    : "nothing imports scripts: they only check and try this repository"
}

function problemOfMain(path: string, target: string): string | undefined {
  if (!compositionRoot.test(target) || isTest(path) || tryingOut.test(path)) return undefined
  return "a composition root knows everything, so nothing but scripts and tests imports it"
}

function problemOfRoom(path: string, target: string): string | undefined {
  const [from, to] = [topOf(path), topOf(target)]
  if (!isRoom(from) || from === to || isTest(path)) return undefined
  if (!below[from]?.includes(to)) {
    const list = below[from]?.join(", ") || "nothing else of ours"
    return `${from} must not import from ${to}; it may import from ${list}`
  }
  if (door.test(target)) return undefined
  return `enter ${to} by its door, ../${to}/internal.ts, and export there what is missing`
}

function problemOfExample(path: string, target: string): string | undefined {
  if (topOf(path) !== "examples") return undefined
  if (topOf(target) !== "examples") {
    if (byPath.test(path)) return undefined
    return "an example is a user: import the published name (leftfold/…) instead of a path"
  }
  if (tryingOut.test(path)) return undefined
  const context = /^examples\/[^/]+\/[^/]+(?=\/)/.exec(path)?.[0]
  if (context === undefined || `${folderOf(target)}/`.startsWith(`${context}/`)) return undefined
  if (context.endsWith("/fixtures")) return undefined
  const isContract = nameOf(target) === "contract.ts" &&
    /^examples\/[^/]+\/[^/]+\/[^/]+$/.test(target)
  // The numbers of a contract's fields are written by a command, and are part of the contract.
  if (isContract || /^examples\/[^/]+\/schemas\/proto\//.test(target)) return undefined
  return "contexts know each other by their contracts only: import the other's contract.ts"
}
