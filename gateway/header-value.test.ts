/** Tests of header values: what is asked for, and not what the text seems to hold. */
import assert from "node:assert/strict"
import { test } from "../testing/test.ts"
import { preferredWait, refusesPlain, wantsEvents } from "./header-value.ts"

test("events are for those who name them, and do not want JSON as much", () => {
  const wanted = [
    "text/event-stream",
    "Text/Event-Stream",
    "text/event-stream, */*",
    "text/event-stream;q=0.9, application/json;q=0.5",
    "application/json;q=0.1,text/event-stream;q=0.2",
    'text/event-stream;a="b,c"',
    ", text/event-stream,",
    "text/event-stream, */*;q=0.8",
    "*/*, text/event-stream, application/json;q=0.9",
    "text/event-stream;q=0.5, application/*;q=0.4, */*",
  ]
  for (const accept of wanted) assert.equal(wantsEvents(accept), true, accept)
  const unwanted = [
    undefined,
    "",
    "*/*",
    "text/*",
    "application/json",
    "text/event-stream;q=0",
    "text/event-stream;q=0.000",
    "text/event-stream;q=2",
    "text/event-stream;q=x",
    "text/event-stream, application/json",
    "application/json, text/event-stream;q=0.5",
    "text/event-streams",
    "x/text/event-stream",
    'application/json;a="text/event-stream"',
    'application/json;a=", text/event-stream"',
    "text/event-stream application/json",
    "text/event-stream;q=0.5, */*",
    "text/event-stream;q=0.5, application/*;q=0.6",
    "text/event-stream;q=0.5, application/json, */*;q=0.1",
  ]
  for (const accept of unwanted) assert.equal(wantsEvents(accept), false, accept)
})

test("an answer without a coding is refused only if the codings say so", () => {
  const refused = ["identity;q=0", "gzip, identity;q=0.000", "gzip, *;q=0", "IDENTITY ; Q=0, br"]
  for (const codings of refused) assert.equal(refusesPlain(codings), true, codings)
  const taken = [
    ...[undefined, "", "gzip", "gzip, deflate, br", "identity;q=0.1", "gzip;q=0, *", "gzip;q=0"],
    ...["identity, *;q=0", "*;q=0, identity;q=0.5", "x-identity;q=0"],
  ]
  for (const codings of taken) assert.equal(refusesPlain(codings), false, codings)
})

test("a wait is a preference of its own, and the first counts", () => {
  const known: [string | undefined, number | undefined][] = [
    [undefined, undefined],
    ["wait=5", 5],
    ["Wait = 5", 5],
    ['wait="15"', 15],
    ["respond-async, wait=15", 15],
    ["wait=15;a=b", 15],
    ["wait=1, wait=2", 1],
    ["wait=0", 0],
    ["wait=999999999", 999_999_999],
    ["wait=9999999999", undefined],
    ["wait=-1", undefined],
    ["wait=1.5", undefined],
    ["wait=soon", undefined],
    ["await=5", undefined],
    ['a="b, wait=5"', undefined],
    ["a=b; wait=5", undefined],
  ]
  for (const [prefer, seconds] of known) assert.equal(preferredWait(prefer), seconds, prefer)
})
