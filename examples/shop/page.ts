/** The shop's page: its files, which the gateway serves. */
import { fileURLToPath } from "node:url"
import { serveStatic } from "@hono/node-server/serve-static"
import { etag } from "hono/etag"
import { secureHeaders } from "hono/secure-headers"
import type { HttpRoutes } from "leftfold/app"

const files = serveStatic({ root: fileURLToPath(new URL("./page", import.meta.url)) })

/** A page loads only files of this site, and no other page shows it in a frame. */
const secured = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
  },
  // The shop of `npm start` has no certificate.
  strictTransportSecurity: false,
})

/** Adds the page to the gateway. A browser keeps the files and asks whether they have changed. */
export const page: HttpRoutes = (http) => {
  for (const path of ["/", "/page.css", "/page.js", "/icon.svg"]) {
    http.get(path, etag(), secured, async (context, next) => {
      context.header("Cache-Control", "no-cache")
      return await files(context, next)
    })
  }
}
