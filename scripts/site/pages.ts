/** The pages of the site: which document stands in which part, in which order. */

/** A page of the site. */
export interface Page {
  /** Its file in the repository, such as `docs/shop.md`. */
  readonly file: string
  /** Its place on the site, without an ending, such as `shop` or `guides/testing`. */
  readonly place: string
  /** Its first heading. */
  readonly title: string
  /** Its text in Markdown. */
  readonly text: string
}

/** A part of the site, as its navigation shows it. */
export interface Part {
  readonly title: string
  readonly pages: readonly Page[]
  /** Whether the navigation hides its pages until somebody opens it. */
  readonly folded?: boolean
}

/** The documents of the parts whose order matters. All other guides follow in the second part. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  "Begin": [
    "README.md",
    "docs/first-app.md",
    "docs/tutorial.md",
    "docs/shop.md",
  ],
  "Guides": [
    ...["docs/projections.md", "docs/testing.md", "docs/changing-events.md", "docs/calling.md"],
    ...["docs/guides/users-and-rules.md", "docs/guides/own-routes.md"],
    ...["docs/guides/debugging.md", "docs/guides/watching.md", "docs/guides/connections.md"],
    ...["docs/importing.md", "docs/simulating.md"],
  ],
  "Run it": ["docs/operating.md", "docs/security.md", "docs/scaling.md"],
  "Reference": [
    ...["docs/command-line.md", "docs/http.md", "docs/protocol.md", "docs/protobuf.md"],
    ...["docs/glossary.md", "CHANGELOG.md"],
  ],
  "How it works": [
    ...["docs/architecture.md", "docs/reliability.md", "docs/performance.md"],
    ...[
      "docs/comparison.md",
      "docs/coming-from-emmett.md",
      "docs/coming-from-axon.md",
    ],
    ...["docs/coming-from-marten.md", "docs/contributing.md"],
  ],
}

/** The place of the list of decisions. */
export const DECISIONS = "decisions/index"

const GUIDES = "Guides"
const DECISION = /^docs\/decisions\//
const REFERENCE = /^reference\//

const titleOf = (file: string, text: string): string => {
  const title = /^# (.+)$/m.exec(text)?.[1]
  if (title === undefined) {
    throw new Error(`${file} has no title: a line that starts with "# "`)
  }
  return title
}

/** Where a document of the repository stands on the site. */
export const placeOf = (file: string): string => {
  if (file === "README.md") return "index"
  return file.replace(/^docs\//, "").replace(/\.md$/, "").toLowerCase()
}

/** Sorts the documents, by file, into the parts of the site. Throws for one without a title. */
export const partsOf = (documents: ReadonlyMap<string, string>): Part[] => {
  const page = (file: string): Page => {
    const text = documents.get(file)
    if (text === undefined) {
      throw new Error(`the site has a place for ${file}, which is missing`)
    }
    return { file, place: placeOf(file), title: titleOf(file, text), text }
  }
  const named = new Set(Object.values(ORDER).flat())
  const rest = [...documents.keys()].filter((file) => !named.has(file)).sort()
  const of = (matches: (file: string) => boolean) => rest.filter(matches).map(page)
  const others = of((file) => !DECISION.test(file) && !REFERENCE.test(file))
  const parts: Part[] = Object.entries(ORDER).map(([title, files]) => {
    const pages = files.map(page)
    return { title, pages: title === GUIDES ? [...pages, ...others] : pages }
  })
  return [
    ...parts,
    { title: "API", pages: of((file) => REFERENCE.test(file)), folded: true },
    {
      title: "Decisions",
      pages: of((file) => DECISION.test(file)),
      folded: true,
    },
  ]
}
