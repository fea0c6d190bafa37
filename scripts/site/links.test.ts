/** Tests of links on the site, of the parts of the site, and of its index for language models. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { linksForSite } from "./links.ts"
import { gistOf, llmsFull, llmsIndex } from "./llms.ts"
import { withAnchors, withPlaces, withRests } from "./reference.ts"
import { partsOf, placeOf } from "./pages.ts"
import { picturesForSite } from "./pictures.ts"

const documents = new Set([
  "README.md",
  "docs/shop.md",
  "docs/guides/testing.md",
])
const changed = (file: string, text: string, repository?: string) =>
  linksForSite(file, text, (path) => documents.has(path), repository)

test("a link to a document leads to its place on the site", () => {
  const cases = [
    ["README.md", "[the shop](docs/shop.md#six)", "[the shop](./shop#six)"],
    ["docs/guides/testing.md", "[a](../shop.md)", "[a](../shop)"],
    [
      "docs/shop.md",
      "[first\nwords](guides/testing.md)",
      "[first\nwords](./guides/testing)",
    ],
    ["docs/shop.md", "[`home`](../README.md)", "[`home`](./index)"],
    ["docs/shop.md", "[why](decisions)", "[why](./decisions/index)"],
    [
      "docs/shop.md",
      "[a](#here) [b](https://x.example/y.md)",
      "[a](#here) [b](https://x.example/y.md)",
    ],
    ["docs/shop.md", "```\n[a](shop.md)\n```\n", "```\n[a](shop.md)\n```\n"],
  ] as const
  for (const [file, text, wanted] of cases) {
    assert.equal(changed(file, text), wanted)
  }
})

test("a link to code is a name, or a link to the repository", () => {
  const text = "[main.ts](../app/main.ts) and [there](../actors/host/)"
  assert.equal(
    changed("docs/shop.md", text),
    "main.ts and there (`actors/host`)",
  )
  assert.equal(
    changed("docs/shop.md", text, "https://x.example"),
    "[main.ts](https://x.example/app/main.ts) and [there](https://x.example/actors/host)",
  )
})

test("a picture is that of the site, and a pair of them follows its dark mode", () => {
  const pair =
    `<picture><source media="(prefers-color-scheme: dark)" srcset="../pictures/b.webp">` +
    `<img alt="c" src="../pictures/a.webp"></picture>`
  const cases = [
    ["docs/shop.md", "![a](pictures/b.webp)", "![a](/pictures/b.webp)"],
    ["docs/shop.md", "![a](https://x.example/b.webp)", "![a](https://x.example/b.webp)"],
    ["docs/shop.md", "![a](../examples/b.webp)", "![a](../examples/b.webp)"],
    ["README.md", `<img src="docs/pictures/b.webp">`, `<img src="/pictures/b.webp">`],
    [
      "docs/guides/testing.md",
      pair,
      `<img class="picture in-light" alt="c" src="/pictures/a.webp">` +
      `<img class="picture in-dark" alt="c" src="/pictures/b.webp">`,
    ],
  ] as const
  for (const [file, text, wanted] of cases) assert.equal(picturesForSite(file, text), wanted)
})

/** The documents that have a place of their own, read from the complaints about their absence. */
const placed = (): Map<string, string> => {
  const found = new Map<string, string>()
  for (;;) {
    try {
      partsOf(found)
      return found
    } catch (error) {
      const file = /has a place for (\S+), which/.exec(String(error))?.[1]
      assert.ok(file, String(error))
      found.set(file, `# ${file}\n\nAll of it. More.\n`)
    }
  }
}

test("every document has one place; those without an order are guides", () => {
  const all = placed()
  const more = [
    "docs/new.md",
    "docs/decisions/0001-a.md",
    "reference/actors.md",
  ]
  for (const file of more) {
    all.set(file, "# A\n\n| a |\n\n> b\n\nFirst\nsentence: and more. Other.\n")
  }
  const parts = partsOf(all)
  const shown = parts.flatMap(({ pages }) => pages)
  assert.deepEqual(
    shown.map(({ file }) => file).sort(),
    [...all.keys()].sort(),
  )
  const partOf = (file: string) =>
    parts.find(({ pages }) => pages.some((page) => page.file === file))?.title
  assert.deepEqual(more.map(partOf), ["Guides", "Decisions", "API"])
  assert.equal(placeOf("docs/guides/testing.md"), "guides/testing")
  assert.throws(
    () => partsOf(all.set("docs/empty.md", "no title")),
    /empty\.md has no title/,
  )
  const index = llmsIndex("Leftfold is this.", parts)
  assert.match(index, /^# Leftfold\n\n> Leftfold is this\.\n\n## Begin\n/)
  assert.match(index, /- \[A\]\(\.\/new\.html\): First sentence: and more\.\n/)
  assert.equal(llmsFull(parts).split("\n---\n").length, shown.length)
})

test("the index tells of each page what its first sentence of prose says", () => {
  const cases = [
    ["# A\n\n    npm test\n    npm start\n\nTests [run](b.md) here. More.", "Tests run here."],
    ["# A\n\n```sh\nnpm test\n\nmore\n```\n\nIt works:\n\n| a |\n\nThis is it.", "This is it."],
    ["# A\n\nHow it works:", "How it works."],
  ]
  for (const [text = "", gist] of cases) assert.equal(gistOf({ text }), gist)
})

test("the reference keeps the rest of a tuple, and links to the pages of other modules", () => {
  assert.equal(withRests("readonly [T, T]"), "readonly [T, ...T[]]")
  assert.equal(withRests("readonly [A, B]"), "readonly [A, B]")
  const page = "# Kind\n\n[`K`](#kind-1) [`O`](#other-1)\n"
  assert.equal(withAnchors(page), page.replace("#kind-1", "#kind"))
  assert.equal(withAnchors(`${page}\n## Kind\n`), `${page}\n## Kind\n`)
  const places = new Map([["contracts/mod.md", "contracts.md"]])
  const linked = (text: string) => withPlaces(text, "actors/mod.md", places)
  assert.equal(linked("[`M`](../contracts/mod.md#m)"), "[`M`](contracts.md#m)")
  assert.equal(linked("[x](other.md)"), "[x](other.md)")
})
