/** The files of the console's page, read once. No other file is served. */
import { readFile } from "node:fs/promises"

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
}

/** The files of the page, by path. */
export const FILES: Readonly<Record<string, string>> = {
  "/": "index.html",
  "/console.css": "console.css",
  "/main.js": "main.js",
  "/dom.js": "dom.js",
  "/api.js": "api.js",
  "/parts.js": "parts.js",
  "/overview.js": "overview.js",
  "/actor.js": "actor.js",
  "/row.js": "row.js",
  "/flow.js": "flow.js",
  "/care.js": "care.js",
  "/language.js": "language.js",
}

/** Nothing is loaded from elsewhere, nothing is evaluated, and no page may frame this one. */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ")

/** The headers of every answer. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": POLICY,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
}

const read = new Map<string, Promise<string>>()

/** The answer for a file of the page; undefined for any other path. */
export const fileAt = async (path: string): Promise<Response | undefined> => {
  const name = Object.hasOwn(FILES, path) ? FILES[path]! : undefined
  if (name === undefined) return undefined
  const text = read.get(name) ?? readFile(new URL(`./page/${name}`, import.meta.url), "utf8")
  read.set(name, text)
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)]!
  return new Response(await text, { headers: { ...SAFE_HEADERS, "Content-Type": type } })
}
