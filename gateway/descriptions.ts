/** The descriptions that a gateway serves: of its own routes, and of what goes over NATS. */
import type { Hono } from "hono"
import { CONTENT_TYPE, type Names } from "../wire/internal.ts"
import { asyncApi } from "./asyncapi/asyncapi.ts"
import { isToldBy, toldParts } from "./names.ts"
import { type AccessOptions, describedAccess } from "./openapi/audience.ts"
import { type GatewayParts, openApi } from "./openapi/openapi.ts"
import { tagOf } from "./precondition.ts"
import { representationResponse } from "./respond.ts"

/** What is described. */
export interface DescriptionOptions extends GatewayParts, AccessOptions {
  /** The title of the descriptions. */
  readonly title?: string
  /** How the subjects are called on NATS; without a prefix by default. */
  readonly subjects?: Names
}

/** The paths of the descriptions. */
export const DESCRIPTIONS = ["/openapi.json", "/asyncapi.json"] as const

/** Adds the routes. Each document is made once: it is long, and anybody may ask for it often. */
export const addDescriptions = (
  app: Hono,
  { title = "Leftfold", subjects, users, audienceOf, openReads, ...parts }: DescriptionOptions,
): void => {
  const given = { users, audienceOf, openReads }
  const told = toldParts(parts, given)
  const documents = {
    "/openapi.json": openApi(told, title, describedAccess(given)),
    "/asyncapi.json": asyncApi(told, title, { names: subjects, isTold: isToldBy(given) }),
  }
  for (const path of DESCRIPTIONS) {
    const body = JSON.stringify(documents[path])
    const document = { body, type: CONTENT_TYPE.json, tag: tagOf(body) }
    app.get(path, (context) => representationResponse(context, document))
  }
}
