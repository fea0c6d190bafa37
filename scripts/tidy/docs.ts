/** Rule: a short README, documents that begin with their title, and links that lead somewhere. */
import { resolveFrom } from "./import-statement.ts"
import type { Rule, Tree, Violation } from "./rule.ts"

/** The longest README, in lines. */
const maxReadmeLines = 150

/** Refuses a missing or long README, a document without a title, and a broken link. */
export const docs: Rule = (tree: Tree) => {
  const violations = readmeOf(tree)
  for (const [path, text] of tree) {
    if (!path.endsWith(".md")) continue
    if (!text.startsWith("# ")) {
      const message = 'a document begins with its title: a line that starts with "# "'
      violations.push({ path, line: 1, rule: "docs", message })
    }
    violations.push(...brokenLinks(tree, path, text))
  }
  return violations
}

function readmeOf(tree: Tree): Violation[] {
  const [path, rule] = ["README.md", "docs"]
  const text = tree.get(path)
  if (text === undefined) return [{ path, line: 1, rule, message: "there is no README.md" }]
  const lines = text.replace(/\n$/, "").split("\n").length
  if (lines <= maxReadmeLines) return []
  const message = `the README has ${lines} lines; the limit is ${maxReadmeLines}: move some to docs`
  return [{ path, line: lines, rule, message }]
}

const link = /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\s*\[[^\]]+\]:\s*(\S+)/g

function* brokenLinks(tree: Tree, path: string, text: string): Generator<Violation> {
  let fenced = false
  for (const [index, line] of text.split("\n").entries()) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced
    if (fenced) continue
    for (const found of line.replace(/`[^`]*`/g, "").matchAll(link)) {
      const target = (found[1] ?? found[2] ?? "").replace(/[#?].*$/, "")
      if (target === "" || /^[a-z][a-z0-9+.-]*:/i.test(target)) continue
      if (exists(tree, resolveFrom(path, target))) continue
      const message = `the link to ${target} leads nowhere; correct or delete it`
      yield { path, line: index + 1, rule: "docs", message }
    }
  }
}

function exists(tree: Tree, path: string): boolean {
  return path === "" || tree.has(path) ||
    [...tree.keys()].some((known) => known.startsWith(`${path}/`))
}
