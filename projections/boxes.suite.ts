/** A small domain for the tests of this folder: boxes, what is in them, and labels on them. */
import { Schema } from "effect"
import { Contract } from "../contracts/mod.ts"
import { Projection } from "./mod.ts"

/** Boxes into which things are put. */
export const Boxes = Contract.define("boxes.box", {
  commands: {},
  events: { Put: { count: Schema.Int }, Emptied: {}, Removed: {}, Painted: {} },
})

/** Labels, each stuck on a box. */
export const Labels = Contract.define("labels.label", {
  commands: {},
  events: { Stuck: { box: Schema.String, text: Schema.String } },
})

/** The events of both. */
export const { Put, Emptied, Removed, Painted } = Boxes.events
/** The event of a label. */
export const { Stuck } = Labels.events

/** One row per box: the versions it was changed at tell an event that was folded twice. */
export const BoxList = Projection.define("boxes.box-list", {
  from: [Boxes],
  row: { id: Schema.String, count: Schema.Int, puts: Schema.Int, last: Schema.Int },
  key: "id",
  on: {
    Put: (row, { count }, { id, sequence }) => ({
      id,
      count: (row?.count ?? 0) + count,
      puts: (row?.puts ?? 0) + 1,
      last: sequence,
    }),
    Emptied: (row, _, { sequence }) => row && { ...row, count: 0, last: sequence },
    Removed: () => undefined,
  },
})

/**
 * The same in many lanes, and as if a row were of several actors, so that each is looked for in the
 * store: who then folds an event again upon what another worker has written gets another row.
 */
export const SharedList = { ...BoxList, lanes: 16, keyedByActor: false }

/** Boxes with their labels: rows in which two contexts meet. */
export const LabelledBoxes = Projection.define("boxes.labelled-boxes", {
  from: [Boxes, Labels],
  row: { box: Schema.String, count: Schema.Int, labels: Schema.Array(Schema.String) },
  key: {
    column: "box",
    of: (event, { id }) => event.type === "Stuck" ? event.data.box : id,
  },
  on: {
    Put: (row, { count }, { id: box }) => ({
      box,
      count: (row?.count ?? 0) + count,
      labels: row?.labels ?? [],
    }),
    Stuck: (row, { box, text }) => ({
      box,
      count: row?.count ?? 0,
      labels: [...row?.labels ?? [], text],
    }),
  },
})
