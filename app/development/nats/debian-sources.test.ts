/** Tests of Debian sources: only the main archive is used, with another suite. */
import assert from "node:assert/strict"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "../../../testing/test.ts"
import { temporaryFolder } from "../../../testing/temporary-folder.ts"
import { linesForSuite, sourcesForSuite, stanzasForSuite } from "./debian-sources.ts"

const stanzas = `Types: deb
# A comment stays.
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
`

test("only the stanza of the main archive is used, with its other fields unchanged", () => {
  assert.equal(
    stanzasForSuite(stanzas, "bookworm", "forky"),
    `Types: deb
# A comment stays.
URIs: http://mirror.example/debian
Suites: forky
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`,
  )
})

const lines = `# deb http://off.example/debian bookworm main
deb [arch=amd64 signed-by=/key.gpg] http://mirror.example/debian bookworm main contrib
deb http://mirror.example/debian bookworm-updates main
deb http://security.example/debian-security bookworm-security main
deb-src http://mirror.example/debian bookworm main
deb https://docker.example/linux/debian bookworm stable
`

test("only the line of the main archive is used, with its options", () => {
  assert.equal(
    linesForSuite(lines, "bookworm", "forky"),
    "deb [arch=amd64 signed-by=/key.gpg] http://mirror.example/debian forky main contrib\n",
  )
})

test("an archive under an alias such as stable is also the main one", () => {
  assert.equal(linesForSuite("deb http://a/ stable main", "trixie", "x"), "deb http://a/ x main\n")
})

test("exactly the files that apt reads are read", async (t) => {
  const folder = await temporaryFolder(t)
  const parts = join(folder, "sources.list.d")
  await mkdir(parts)
  await writeFile(join(folder, "sources.list"), lines)
  await writeFile(join(parts, "debian.sources"), stanzas)
  await writeFile(join(parts, "debian.sources.disabled"), stanzas)
  const files = await sourcesForSuite(folder, "bookworm", "forky")
  assert.deepEqual(files.map(({ name }) => name), ["0.list", "1.sources"])
})

test("a machine without apt has no sources", async (t) => {
  assert.deepEqual(await sourcesForSuite(await temporaryFolder(t), "bookworm", "forky"), [])
})
