/** The repository's files, read from disk, whether committed or not. */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { Tree } from "./rule.ts"

/** Reads every file that git tracks or would add under a root. Throws outside a git clone. */
export function readRepository(root: string): Tree {
  const options = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
  const listed = execFileSync("git", options, { cwd: root, encoding: "utf8" })
  const tree = new Map<string, string>()
  for (const path of listed.split("\0").filter((path) => path !== "").sort()) {
    const text = readIfThere(join(root, path))
    if (text !== undefined) tree.set(path, text)
  }
  return tree
}

/** Git still lists a file that was deleted and not committed; it has no text. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
    throw error
  }
}
