/** A site: the files of one folder, served next to the gateway's own routes. */
import { readdirSync, readFileSync } from "node:fs"
import { extname } from "node:path"
import type { Hono } from "hono"
import { tagOf } from "./precondition.ts"
import { representationResponse } from "./respond.ts"

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
}

/** A page loads only files of this site, and no other page shows it in a frame. */
const POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

const typeOf = (name: string): string => {
  const type = TYPES[extname(name)]
  if (type !== undefined) return type
  throw new TypeError(`${name} has no known type; a site has ${Object.keys(TYPES).join(", ")}`)
}

/**
 * Serves each file of a folder under its name, and `index.html` as `/`. The files are read once, at
 * the start. Throws if the folder cannot be read or holds a file of an unknown type.
 */
export const serveSite = (app: Hono, folder: URL): void => {
  for (const name of readdirSync(folder)) {
    const body = new Uint8Array(readFileSync(new URL(name, folder)))
    const file = { body, type: typeOf(name), tag: tagOf(body) }
    const headers = {
      "Content-Security-Policy": POLICY,
      "X-Content-Type-Options": "nosniff",
      "Cache-Control": "no-cache",
    }
    const path = name === "index.html" ? "/" : `/${name}`
    app.get(path, (context) => {
      for (const [header, value] of Object.entries(headers)) context.header(header, value)
      return representationResponse(context, file)
    })
  }
}
