/** The documentation for language models: an index, and all of it as one text. See llmstxt.org. */
import type { Page, Part } from "./pages.ts"

/** The first sentence of a page, which says what it tells. */
const gistOf = ({ text }: Page): string => {
  const prose = text.replace(/^# .*$/m, "").split(/\n\s*\n/).map((part) => part.trim())
    .find((part) => part !== "" && !/^([`#|>\-*<]|\s{4})/.test(part)) ?? ""
  return /^[^]*?[.:](?=\s|$)/.exec(prose.replace(/\s+/g, " "))?.[0] ?? prose
}

/** The index: one line for each page. */
export const llmsIndex = (summary: string, parts: readonly Part[]): string => {
  const sections = parts.filter(({ pages }) => pages.length > 0).map(
    ({ title, pages }) => {
      const lines = pages.map((page) => `- [${page.title}](./${page.place}.html): ${gistOf(page)}`)
      return `## ${title}\n\n${lines.join("\n")}\n`
    },
  )
  return [`# Leftfold\n\n> ${summary}\n`, ...sections].join("\n")
}

/** All pages as one text. */
export const llmsFull = (parts: readonly Part[]): string =>
  parts.flatMap(({ pages }) => pages.map(({ text }) => text.trim())).join(
    "\n\n---\n\n",
  ) + "\n"
