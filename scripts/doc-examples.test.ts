/** Tests that the examples in the doc comments of published names compile. */
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { after, before, describe } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { removeFolder } from "../testing/temporary-folder.ts"
import { test } from "../testing/test.ts"
import { doorsOf, namesOf } from "./tidy/public-names.ts"
import { readRepository } from "./tidy/repository.ts"
import { topOf } from "./tidy/rule.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const tree = readRepository(root)
const names = "scripts/fixtures/example-names.ts"
const doors = doorsOf(tree)

/** The files that declare published names. */
const files = [
  ...new Set(
    doors.flatMap(({ door }) => [...namesOf(tree, door).values()].map(({ path }) => path)),
  ),
]

/** The examples in the doc comments of a file, each with the line on which it begins. */
const examplesIn = (path: string): { readonly line: number; readonly code: string }[] =>
  [...tree.get(path)!.matchAll(/^ *\* ```ts\n((?: *\*.*\n)*?) *\* ```$/gm)].map((
    { index, 1: lines = "" },
  ) => ({
    line: tree.get(path)!.slice(0, index).split("\n").length + 1,
    code: lines.replaceAll(/^ *\* ?/gm, ""),
  }))

/** Imports of all published names; of two alike, that of the room in which the example stands. */
const importsFor = (path: string): string => {
  const from = new Map<string, string>()
  const rank = ({ door }: { readonly door: string }) => topOf(door) === topOf(path) ? 1 : 0
  for (const { published, door } of doors.toSorted((one, other) => rank(one) - rank(other))) {
    for (const name of namesOf(tree, door).keys()) from.set(name, published)
  }
  from.set("Schema", "effect")
  for (const name of namesOf(tree, names).keys()) from.set(name, `../../${names}`)
  const assertions = 'import assert from "node:assert/strict"\n'
  return assertions +
    [...from].map(([name, source]) => `import { ${name} } from "${source}"\n`).join("")
}

/** The errors of the compiler, a line each; none if everything compiles. */
const compiled = async (modules: Readonly<Record<string, string>>): Promise<string> => {
  for (const [name, text] of Object.entries(modules)) await writeFile(join(folder, name), text)
  // Types and values are imported alike, and the repository's own files are not examples.
  const compilerOptions = { verbatimModuleSyntax: false }
  const config = { extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] }
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config))
  const compile = promisify(execFile)(join(root, "node_modules/.bin/tsc"), ["-p", folder])
  return await compile.then(() => "", ({ stdout }: { stdout: string }) => stdout)
}

/** The blocks of code of a page that are whole without imports of their own. */
const blocksIn = (path: string): string[] =>
  [...tree.get(path)!.matchAll(/^```ts leftfold\n([^]*?)^```$/gm)].map(([, code = ""]) => code)

let folder: string

describe("the examples of published names", () => {
  before(async () => {
    await mkdir(join(root, ".leftfold"), { recursive: true })
    folder = await mkdtemp(join(root, ".leftfold", "examples-"))
  })
  after(async () => await removeFolder(folder))

  test("compile", async () => {
    const modules: Record<string, string> = {}
    for (const path of files) {
      for (const { line, code } of examplesIn(path)) {
        const name = `${path.replace(/\.ts$/, "").replaceAll("/", "_")}_${line}.ts`
        modules[name] = `${importsFor(path)}\n{\n${code}}\n`
      }
    }
    const fences = files.flatMap((path) => tree.get(path)!.match(/```ts$/gm) ?? [])
    assert.equal(Object.keys(modules).length, fences.length, "an example is not understood")
    for (const path of tree.keys()) {
      if (!path.startsWith("docs/")) continue
      for (const [index, code] of blocksIn(path).entries()) {
        modules[`${path.replaceAll("/", "_")}_${index}.ts`] = `${importsFor(path)}\n{\n${code}}\n`
      }
    }
    assert.equal(await compiled(modules), "")
  })
})
