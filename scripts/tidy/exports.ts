/** Rule: package.json and deno.json publish the same names, and each leads to a file. */
import type { Rule, Tree, Violation } from "./rule.ts"

type Names = ReadonlyMap<string, string>

/** Refuses names that the two manifests do not share and names that lead nowhere. */
export const exports: Rule = (tree: Tree) => {
  const published = namesOf(tree.get("package.json"), "exports")
  const forDeno = namesOf(tree.get("deno.json"), "exports")
  const imported = namesOf(tree.get("deno.json"), "imports")
  return [
    ...differences(published, forDeno, "exports"),
    ...differences(renamed(published), ours(imported), "imports"),
    ...missing(tree, published),
  ]
}

/** A member of a manifest as pairs of strings; empty when there is no such member. */
function namesOf(text: string | undefined, member: string): Names {
  const manifest: unknown = JSON.parse(text ?? "{}")
  const names = isRecord(manifest) ? manifest[member] : undefined
  if (!isRecord(names)) return new Map()
  return new Map(Object.entries(names).map(([name, target]) => [name, String(target)]))
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const renamed = (names: Names): Names =>
  new Map([...names].map(([name, target]) => [name.replace(/^\.(?=\/|$)/, "leftfold"), target]))

const ours = (names: Names): Names =>
  new Map([...names].filter(([name]) => /^leftfold(\/|$)/.test(name)))

function* differences(wanted: Names, actual: Names, member: string): Generator<Violation> {
  for (const name of new Set([...wanted.keys(), ...actual.keys()])) {
    if (wanted.get(name) === actual.get(name)) continue
    const message = wanted.has(name)
      ? `${member} must have "${name}": "${wanted.get(name)}", as package.json exports it`
      : `${member} has "${name}", which package.json does not export; add it there or delete it`
    yield { path: "deno.json", line: 1, rule: "exports", message }
  }
}

function* missing(tree: Tree, names: Names): Generator<Violation> {
  for (const [name, target] of names) {
    if (tree.has(target.replace(/^\.\//, ""))) continue
    const message = `"${name}" leads to ${target}, which does not exist`
    yield { path: "package.json", line: 1, rule: "exports", message }
  }
}
