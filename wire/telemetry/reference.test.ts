/** Tests of the reference: the page lists exactly the metrics that the code makes. */
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { test } from "../../testing/test.ts"
import { METRIC } from "./metric-table.ts"
import { prometheusName } from "./prometheus.ts"

const PAGE = new URL("../../docs/guides/watching.md", import.meta.url)

/** The rows of the table between two marks of a page. */
export const rowsOf = (page: string, mark: string): string[] => {
  const [, found = ""] = page.split(`<!-- ${mark} -->\n`)
  return found.split("\n").filter((line) => line.startsWith("| `"))
}

test("the table of metrics in docs/guides/watching.md is the one of the code", async () => {
  const wanted = Object.values(METRIC).map((definition) => {
    const { kind, unit, labels, help } = definition
    const name = `\`${definition.name}\`<br>\`${prometheusName(definition)}\``
    const shown = labels.map((label) => `\`${label}\``).join(", ")
    return `| ${name} | ${kind}, ${unit} | ${shown} | ${help} |`
  })
  const rows = rowsOf(await readFile(PAGE, "utf8"), "metrics")
  assert.deepEqual(rows, wanted, `replace the rows by:\n${wanted.join("\n")}`)
})
