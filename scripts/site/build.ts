/** Builds the site: gathers the documents, makes the reference, and runs the generator. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { type BenchmarkRecord, RECORDS } from "../bench/record.ts"
import { runCommand } from "../../app/development/command.ts"
import { installPackages } from "../package/install.ts"
import { CHART_STYLE, withCharts } from "./charts.ts"
import { linksForSite } from "./links.ts"
import { llmsFull, llmsIndex } from "./llms.ts"
import { DECISIONS, type Page, type Part, partsOf } from "./pages.ts"
import { PICTURE_STYLE, PICTURES, picturesForSite } from "./pictures.ts"
import { referencePages } from "./reference.ts"
import { clearRoot, MAIN, writeVersions } from "./versions.ts"

/** What is built. */
export interface SiteOptions {
  /** The root of the repository. */
  readonly root: string
  /** The folder of the built site, with all its versions. */
  readonly out: string
  /** Builds the release that package.json names, into a folder of its own. */
  readonly release?: boolean
  /** The address of the repository's files, for links to code; without it, files are named. */
  readonly repository?: string | undefined
  /** The path under which the site is served; `/` by default. */
  readonly base?: string
}

const TIMEOUT_MS = 300_000

/** The theme has no style for code without a language: it scrolls in a box of its own. */
const STYLE = ".vp-doc pre:not([class]){overflow-x:auto;padding:16px 24px;border-radius:8px;" +
  "font-size:14px;line-height:1.6;background-color:var(--vp-code-block-bg)}" +
  ".site-version{margin-left:12px;padding:2px 8px;border:1px solid var(--vp-c-divider);" +
  "border-radius:8px;appearance:auto;font-size:13px;" +
  "color:var(--vp-c-text-1);background:var(--vp-c-bg)}" +
  CHART_STYLE + PICTURE_STYLE

/** Documents of the root that belong to the site. */
const AT_ROOT = ["README.md", "CHANGELOG.md"]

const write = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

const documentsOf = async (root: string): Promise<Map<string, string>> => {
  const found = await readdir(join(root, "docs"), { recursive: true })
  const files = [
    ...AT_ROOT,
    ...found.filter((file) => file.endsWith(".md")).map((file) => `docs/${file}`),
  ]
  const all = files.map(async (file) => [file, await readFile(join(root, file), "utf8")] as const)
  return new Map(await Promise.all(all))
}

const modulesOf = (
  exports: Readonly<Record<string, string>>,
): Map<string, string> =>
  new Map(
    Object.entries(exports).map(([name, source]) => [
      name.replace(/^\.\//, ""),
      source.replace(/^\.\//, ""),
    ]),
  )

const linkTo = ({ title, place }: Page) => ({
  text: title,
  link: place === "index" ? "/" : `/${place}`,
})

/** Where a version of the site stands. */
interface Place {
  /** The path of the whole site. */
  readonly root: string
  /** The path of this version. */
  readonly base: string
  /** The folder of this version. */
  readonly out: string
  readonly label: string
}

const placeFor = (
  { out, base: root = "/", release = false }: SiteOptions,
  version: string,
): Place =>
  release
    ? { root, base: `${root}${version}/`, out: join(out, version), label: version }
    : { root, base: root, out, label: MAIN }

const recordsOf = async (root: string): Promise<Map<string, BenchmarkRecord>> => {
  const names = (await readdir(join(root, RECORDS))).filter((name) => name.endsWith(".json"))
  const read = async (name: string): Promise<[string, BenchmarkRecord]> => [
    name.replace(/\.json$/, ""),
    JSON.parse(await readFile(join(root, RECORDS, name), "utf8")),
  ]
  return new Map(await Promise.all(names.map(read)))
}

/** The settings of the generator, which are data: see vitepress.dev/reference/site-config. */
const settingsOf = (
  parts: readonly Part[],
  { root, base, out, label }: Place,
) => ({
  title: "Leftfold",
  description: "Event-sourced, CQRS services in TypeScript",
  base,
  outDir: out,
  lang: "en",
  cleanUrls: false,
  lastUpdated: false,
  head: [
    ["meta", { name: "referrer", content: "no-referrer" }],
    ["link", { rel: "icon", href: "data:," }],
    ["style", {}, STYLE],
  ],
  themeConfig: {
    version: { label, root },
    search: { provider: "local" },
    outline: { level: [2, 3] },
    nav: [
      { text: "Begin", link: "/first-app" },
      { text: "API", link: "/reference/actors" },
      { text: "Changes", link: "/changelog" },
    ],
    sidebar: parts.filter(({ pages }) => pages.length > 0).map((
      { title, pages, folded },
    ) => ({
      text: title,
      items: pages.map(linkTo),
      ...folded === undefined ? {} : { collapsed: folded },
    })),
  },
})

const decisionsPage = (parts: readonly Part[]): string => {
  const { pages } = parts.at(-1)!
  const lines = pages.map(({ title, place }) => `- [${title}](/${place})`)
  return `# Decisions\n\nWhy Leftfold is built as it is.\n\n${lines.join("\n")}\n`
}

/** Builds the site. Rejects when a document has no title, a link leads nowhere, or a tool fails. */
export const buildSite = async (
  options: SiteOptions,
): Promise<readonly Part[]> => {
  const { root, repository } = options
  const folder = join(root, "scripts/site")
  // The generator finds its own modules from the folder of its source.
  const source = join(folder, "build")
  await rm(source, { recursive: true, force: true })
  await installPackages(folder)
  const manifest = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  )
  const place = placeFor(options, manifest.version)
  if (options.release) await rm(place.out, { recursive: true, force: true })
  else await clearRoot(place.out)
  const records = await recordsOf(root)
  const documents = await documentsOf(root)
  const reference = await referencePages(
    root,
    join(source, "typedoc"),
    modulesOf(manifest.exports),
  )
  await rm(join(source, "typedoc"), { recursive: true })
  for (const [file, text] of reference) documents.set(file, text)
  const parts = partsOf(documents)
  const isDocument = (file: string) => documents.has(file)
  for (const { file, place: page, text } of parts.flatMap(({ pages }) => pages)) {
    const linked = linksForSite(file, withCharts(text, records), isDocument, repository)
    await write(join(source, `${page}.md`), picturesForSite(file, linked))
  }
  await write(join(source, `${DECISIONS}.md`), decisionsPage(parts))
  await write(
    join(source, "public/llms.txt"),
    llmsIndex(manifest.description, parts),
  )
  await write(join(source, "public/llms-full.txt"), llmsFull(parts))
  await cp(join(root, PICTURES), join(source, "public/pictures"), { recursive: true })
  await cp(join(folder, "theme"), join(source, ".vitepress/theme"), { recursive: true })
  const settings = JSON.stringify(settingsOf(parts, place))
  await write(
    join(source, ".vitepress/config.mjs"),
    `export default ${settings}\n`,
  )
  const { exitCode, output } = await runCommand(
    join(folder, "node_modules/.bin/vitepress"),
    ["build", source],
    { folder, timeoutMs: TIMEOUT_MS },
  )
  if (exitCode !== 0) throw new Error(`the site cannot be built: ${output}`)
  await rm(source, { recursive: true })
  await writeVersions(options.out)
  return parts
}

/** The root of this repository. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url))
