/** The paths of an OpenAPI description that belong to commands. */
import type { AnyContract } from "../../contracts/internal.ts"
import { HEADER } from "../../wire/internal.ts"
import type { MessageSchemas } from "./message-schemas.ts"
import { header, inPath, keyText, METADATA } from "./parameters.ts"
import { COMMAND_PROBLEMS, type Json, json } from "./responses.ts"
import { summaryOf, wordsOf } from "./words.ts"

/** The type and the path of each public command of a contract. */
export const commandPaths = (
  contract: AnyContract,
  schemas: MessageSchemas,
): [type: string, path: string, item: Json][] => {
  const { context, actor, codec, internal } = contract
  const commands = Object.entries(codec.jsonSchemas("command"))
  const rejections = Object.keys(codec.jsonSchemas("rejection")).join(", ") || "none"
  return commands.filter(([type]) => !internal.has(type)).map(([type, schema]) => [
    type,
    `/${context}/${actor}/{id}/${type}`,
    {
      post: {
        operationId: `${contract.name}.${type}`,
        summary: summaryOf(schema, wordsOf(type)),
        tags: [context],
        parameters: [
          inPath("id"),
          header("Idempotency-Key", keyText(contract.idempotencyWindowMs)),
          header("If-Match", "The version that the actor must be at, in quotes; several; or `*`."),
          header("If-None-Match", "`*` if the actor must have no events; or versions, in quotes."),
          header("Prefer", "`wait=15`: how many seconds to wait for an answer at most."),
          header(HEADER.retry, "`true` where an earlier ask with this key had no certain answer."),
          ...METADATA,
        ],
        requestBody: { required: true, ...json(schemas.command(type, schema)) },
        responses: {
          200: {
            description: "Accepted, and stored.",
            ...json({ $ref: "#/components/schemas/Accepted" }),
          },
          409: {
            description: `Rejected. One of: ${rejections}.`,
            content: { "application/problem+json": { schema: schemas.rejection } },
          },
          ...COMMAND_PROBLEMS,
        },
      },
    },
  ])
}
