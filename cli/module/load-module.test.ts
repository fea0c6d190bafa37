/** Tests of which module is loaded, and what is said of one that cannot be. */
import assert from "node:assert/strict"
import { mkdir, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { temporaryFolder, type TestScope } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { findModule, packageOf } from "./find-module.ts"
import { loadModule } from "./load-module.ts"

/** A package with an application in src/main.ts, and links to it. */
const application = async (scope: TestScope) => {
  const folder = await temporaryFolder(scope)
  const app = new URL("../../app/mod.ts", import.meta.url).href
  const text = `import { App } from "${app}"\nexport const shed = App.define("shed", {})\n`
  await mkdir(join(folder, "src"))
  await mkdir(join(folder, "below/deep"), { recursive: true })
  await writeFile(join(folder, "package.json"), '{ "leftfold": { "app": "src/main.ts" } }')
  await writeFile(join(folder, "src/main.ts"), text)
  await symlink(join(folder, "src/main.ts"), join(folder, "linked.ts"))
  await symlink(folder, join(folder, "below/again"))
  return folder
}

const found = (folder: string, given?: string) => findModule(given, ["app"], folder)

test("a module is found by any path to it, or by the package around the folder", async (t) => {
  const folder = await application(t)
  const main = join(folder, "src/main.ts")
  const ways: [string, string?][] = [
    [folder],
    [join(folder, "below/deep")],
    [folder, "src/main.ts"],
    [folder, "src/main"],
    [folder, "src"],
    [folder, "."],
    [folder, "linked.ts"],
    [join(folder, "below/deep"), "../../linked"],
    [join(folder, "src"), "./main.ts"],
    ["/", folder],
    ["/", main],
    ["/", join(folder, "below/again/src/main.ts")],
  ]
  for (const [from, given] of ways) assert.equal(await found(from, given), main, `${from} ${given}`)
  assert.equal(await packageOf(main), folder)
  assert.equal((await loadModule(main)).name, "shed")
})

test("a module that is missing, or not named, is a problem that says what to do", async (t) => {
  const folder = await application(t)
  const absent = join(folder, "src/absent")
  await assert.rejects(found(folder, "src/absent"), {
    message: `there is no module src/absent (looked for ${absent}): name its module with --app, ` +
      'with LEFTFOLD_APP, or as "leftfold": { "app": "…" } in package.json',
  })
  await assert.rejects(found("/"), { message: /^no app is named: name its module with --app/ })
  await writeFile(join(folder, "below/package.json"), "{,}")
  await assert.rejects(found(join(folder, "below")), { message: /package\.json is no JSON/ })
})

test("what cannot be loaded says why, and where", async (t) => {
  const folder = await application(t)
  const problem = async (name: string, text: string) => {
    const path = join(folder, "src", name)
    await writeFile(path, text)
    return await loadModule(path).then(() => "", ({ message }: Error) => message)
  }
  const thrown = await problem("throws.ts", "\n\nthrow new Error('the menu is missing')\n")
  assert.match(thrown, /src\/throws\.ts cannot be loaded: the menu is missing/)
  assert.match(thrown, /\(src\/throws\.ts:3:7\)$/)
  assert.match(
    await problem("none.ts", "export const it = 1\n"),
    /none\.ts exports nothing made by/,
  )
  assert.match(await problem("broken.ts", "const = 1\n"), /broken\.ts cannot be loaded: /)
  const imports = await problem("imports.ts", 'import "./absent.ts"\n')
  assert.match(imports, /imports\.ts cannot be loaded: .*absent\.ts/s)
})
