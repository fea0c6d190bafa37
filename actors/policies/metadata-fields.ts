/** The schemas of the members of metadata, for stores with their own format. */
import { Schema } from "effect"
import { type Metadata, METADATA_NAMES } from "../../wire/internal.ts"

const optional = Schema.optionalKey(Schema.String)

/** The schema of each member. */
type MetadataFields = {
  readonly [N in keyof Metadata]-?: N extends "correlation" ? typeof Schema.String : typeof optional
}

/** The schema of each member; only the correlation is always there. */
export const metadataFields = Object.fromEntries(
  METADATA_NAMES.map((name) => [name, name === "correlation" ? Schema.String : optional]),
) as MetadataFields
