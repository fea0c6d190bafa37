/** The shop's page: its files, which the gateway serves, and who has signed in. */
import { fileURLToPath } from "node:url"
import { serveStatic } from "@hono/node-server/serve-static"
import { etag } from "hono/etag"
import { secureHeaders } from "hono/secure-headers"
import type { HttpRoutes } from "leftfold/app"
import type { SignIn } from "./users/users.ts"

const files = serveStatic({ root: fileURLToPath(new URL("./page", import.meta.url)) })

const PATHS = ["/", "/page.css", "/page.js", "/events.js", "/sign-in.js", "/icon.svg"]

/** A page loads only files of this site, and no other page shows it in a frame. */
const secured = (signIn: SignIn) =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      connectSrc: ["'self'", ..."issuer" in signIn ? [new URL(signIn.issuer).origin] : []],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
    },
    // The shop of `npm start` has no certificate.
    strictTransportSecurity: false,
  })

/**
 * Adds the page to the gateway. A browser keeps the files and asks whether they have changed.
 * `/sign-in` says who has signed in, and how others do.
 */
export const pageWith = (signIn: SignIn): HttpRoutes => (http, { userOf }) => {
  for (const path of PATHS) {
    http.get(path, etag(), secured(signIn), async (context, next) => {
      context.header("Cache-Control", "no-cache")
      return await files(context, next)
    })
  }
  http.get("/sign-in", async (context) => {
    const user = await userOf(context.req.raw)
    const { role = "customer" } = user?.claims ?? {}
    return context.json({ ...signIn, ...user && { user: { id: user.id, role } } })
  })
}
