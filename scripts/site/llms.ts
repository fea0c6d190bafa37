/** The documentation for language models: an index, and all of it as one text. See llmstxt.org. */
import type { Page, Part } from "./pages.ts"

/** The first sentence of a page's prose, without its links: what the page tells. */
export const gistOf = ({ text }: Pick<Page, "text">): string => {
  const prose = text.replace(/^# .*$/m, "").replaceAll(/```[^]*?```/g, "").split(/\n\s*\n/)
    .map((part) => part.replace(/^\n/, "").trimEnd())
    .filter((part) => part !== "" && !/^([`#|>\-*<]|\s{4})/.test(part))
    .map((part) => part.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, "$1").replace(/\s+/g, " "))
  for (const part of prose) {
    const [sentence] = /^.*?\.(?=\s|$)/.exec(part) ?? []
    if (sentence !== undefined) return sentence
  }
  return (prose[0] ?? "").replace(/:$/, ".")
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
