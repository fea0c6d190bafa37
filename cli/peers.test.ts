/** Tests of the packages that Leftfold shares with an application. */
import assert from "node:assert/strict"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { temporaryFolder, type TestScope } from "../testing/temporary-folder.ts"
import { test } from "../testing/test.ts"
import { isWithin, peerProblem } from "./peers.ts"

const installed = async (into: string, name: string, version: string): Promise<void> => {
  const folder = join(into, "node_modules", name)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, "package.json"), JSON.stringify({ name, version, main: "i.js" }))
  await writeFile(join(folder, "i.js"), "")
}

/** An application with Leftfold and these packages; some are Leftfold's own. */
const application = async (
  scope: TestScope,
  shared: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
) => {
  const app = await temporaryFolder(scope)
  const leftfold = join(app, "node_modules/leftfold")
  await mkdir(leftfold, { recursive: true })
  const peerDependencies = { effect: "^4.1.0", hono: "^4.13.19" }
  await writeFile(join(leftfold, "package.json"), JSON.stringify({ peerDependencies }))
  for (const [name, version] of Object.entries(shared)) await installed(app, name, version)
  for (const [name, version] of Object.entries(own)) await installed(leftfold, name, version)
  return peerProblem(app, leftfold)
}

test("one copy of each, of a version that fits, is no problem", async (t) => {
  assert.equal(await application(t, { effect: "4.1.0", hono: "4.14.0" }), undefined)
  assert.equal(await application(t, {}, { effect: "4.1.7", hono: "4.13.19" }), undefined)
})

test("a missing package and one of another version are named with what to do", async (t) => {
  assert.match(
    await application(t, { effect: "4.1.0" }) ?? "",
    /^hono is not installed: npm install hono@\^4\.13\.19$/,
  )
  const old = await application(t, { effect: "3.19.4", hono: "4.14.0" })
  assert.match(old ?? "", /^effect 3\.19\.4 \(.*node_modules\/effect\) does not fit: npm install /)
  const early = await application(t, { effect: "4.1.0", hono: "4.13.2" })
  assert.match(early ?? "", /^hono 4\.13\.2 .* does not fit/)
})

test("two copies are a problem, of one version too", async (t) => {
  for (const version of ["4.1.0", "4.2.0"]) {
    const both = await application(
      t,
      { effect: version, hono: "4.14.0" },
      { effect: "4.1.0" },
    )
    assert.match(both ?? "", /^there are two copies of effect: .* npm ls effect shows/)
  }
})

test("a caret range holds what npm would install for it", () => {
  assert.deepEqual(
    ["4.1.0", "4.1.9", "4.9.0", "4.2.0-beta.1", "4.0.9", "5.0.0", "3.9.9"]
      .map((version) => isWithin(version, "^4.1.0")),
    [true, true, true, true, false, false, false],
  )
})
