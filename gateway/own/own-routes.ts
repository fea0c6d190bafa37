/** Routes and middleware of an application's own, which its gateway serves as well. */
import { Hono } from "hono"
import type { Client, User } from "../../wire/internal.ts"
import { limitOwnBody } from "../body.ts"
import { OWN_BODY_BYTES } from "../limits.ts"

/** What routes of an application's own are made with. */
export interface HttpTools {
  /**
   * Sends commands and queries. It speaks for the application itself, to which no rule applies;
   * with the options `principal` and `claims` it speaks for a user.
   */
  readonly client: Client
  /** The sender of a request, as the application's `users` says; undefined for nobody known. */
  readonly userOf: (request: Request) => Promise<User | undefined>
}

/**
 * Adds routes and middleware to a gateway. It is called once, at the start, and only what it adds
 * by then counts. A request meets the gateway's door first, and the probes `/livez`, `/healthz` and
 * `/readyz`; then these, in the order in which they were added; then the gateway's own routes.
 *
 * ```ts
 * const http: HttpRoutes = (http, { client }) => {
 *   http.use((context, next) => {
 *     console.log(context.req.method, context.req.path)
 *     return next()
 *   })
 *   http.get("/hello/:id", async (context) => {
 *     const { result } = await client.queryPlain("orders.order-list", {
 *       key: context.req.param("id"),
 *     })
 *     return context.json({ hello: result })
 *   })
 * }
 * const shop = App.define("shop", { actors: [Order], http })
 * ```
 */
export type HttpRoutes = (http: Hono, tools: HttpTools) => void

/** The routes that an application adds. */
export class OwnRoutes {
  readonly #http = new Hono()

  constructor(add: HttpRoutes | undefined, tools: HttpTools) {
    add?.(this.#http, tools)
  }

  /**
   * Puts them behind everything that the app has already. Each body is bounded, whatever reads it:
   * by `bytesOf` where the gateway itself takes a body at this path, and else by a bound for all.
   */
  addTo(app: Hono, bytesOf: (path: string) => number | undefined): void {
    if (this.#http.routes.length === 0) return
    app.use(limitOwnBody(({ req: { path } }) => bytesOf(path) ?? OWN_BODY_BYTES))
    app.route("/", this.#http)
  }

  /**
   * The methods that a path takes here. Middleware takes any method and names none, and a route for
   * every path, such as that of static files, says nothing about this path.
   */
  methodsAt(path: string): readonly string[] {
    const named = new Set(this.#http.routes.map(({ method }) => method))
    const methods = [...named].filter((method) =>
      method !== ANY &&
      this.#http.router.match(method, path)[0].some(([[, route]]) =>
        route.method === method && !/^\/?\*$/.test(route.path)
      )
    )
    return methods.flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method])
  }
}

/** The method of middleware. */
const ANY = "ALL"
