/** The line of an export: one event, as an import reads it. */
import { Buffer } from "node:buffer"
import { type AnyContract, type StoredProtobuf, UNKNOWN_FIELDS } from "../../contracts/internal.ts"
import { METADATA_NAMES, recordedMeta, type StoredCommit } from "../../wire/internal.ts"

const base64Of = ({ bytes }: StoredProtobuf): string => Buffer.from(bytes).toString("base64")

/** Whether plain fields that were Protobuf have fields without a name, anywhere in them. */
const hasUnknown = (plain: unknown): boolean => {
  if (typeof plain !== "object" || plain === null) return false
  if (Object.hasOwn(plain, UNKNOWN_FIELDS)) return true
  return Object.values(plain).some(hasUnknown)
}

/**
 * The line of an event as it is stored, in the version of its schema of that time. Fields that a
 * newer release has added stay in it: those in Protobuf as bytes, which JSON has no names for.
 */
export const exportLine = (
  contract: AnyContract,
  id: string,
  commit: StoredCommit,
  index: number,
): string => {
  const stored = commit.events[index]!
  const { type, schema } = stored
  const meta = recordedMeta(contract, id, commit, index)
  const metadata = METADATA_NAMES.flatMap((each) => {
    const value = meta[each]
    return value === undefined || each === "correlation" && value === meta.commandId
      ? []
      : [[each, value]]
  })
  const data = contract.codec.fields(stored)
  return JSON.stringify({
    contract: contract.name,
    id,
    event: type,
    schema,
    data,
    ...(hasUnknown(data) ? { protobuf: base64Of(stored.data as StoredProtobuf) } : {}),
    time: meta.time.toISOString(),
    commandId: meta.commandId,
    ...Object.fromEntries(metadata),
  })
}
