/** A rule of the repository: a pure function from all of its files to what is wrong with them. */

/** Every file of the repository: its path from the root, with forward slashes, and its text. */
export type Tree = ReadonlyMap<string, string>

/** One thing that is wrong: where it is, which rule says so, and what to do about it. */
export interface Violation {
  readonly path: string
  readonly line: number
  readonly rule: string
  readonly message: string
  /** A warning is printed and does not fail the build. */
  readonly warning?: boolean
}

/** Finds what breaks one habit in a tree; an empty list means that the habit is kept. */
export type Rule = (tree: Tree) => readonly Violation[]

/** The TypeScript files of a tree with their lines, in the order of the tree. */
export function* typeScriptOf(tree: Tree): Generator<[path: string, text: string]> {
  for (const [path, text] of tree) if (path.endsWith(".ts")) yield [path, text]
}

/** True for a file that only tests: a test, a suite that several tests share, or a fixture. */
export const isTest = (path: string): boolean => /\.(test|suite)\.ts$|(^|\/)fixtures\//.test(path)

/** The last part of a path. */
export const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

/** The folder that a path is in, or "" at the top. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")))

/** The first part of a path: the top-level folder or file. */
export const topOf = (path: string): string => path.split("/", 1)[0] ?? ""

/** A tree made of literal files, for tests. */
export const treeOf = (files: Readonly<Record<string, string>>): Tree =>
  new Map(Object.entries(files))

/** Violations as `path:line` strings, which is what a test of a rule compares. */
export const placesOf = (violations: readonly Violation[]): string[] =>
  violations.map(({ path, line }) => `${path}:${line}`)
