/** The memory twin of parking: it keeps work as long as the object lives. */
import { contextOf } from "../../../contracts/internal.ts"
import {
  inOrder,
  type NotedRejection,
  type ParkedPlace,
  type ParkedWork,
  type Parking,
  placeOf,
} from "./parking.ts"

const textOf = ({ policy, kind, of, at }: ParkedPlace): string => `${policy} ${kind} ${of} ${at}`

/** Makes an empty parking place. */
export const memoryParking = (): Parking => {
  const all = new Map<string, ParkedWork>()
  const notes = new Map<string, NotedRejection>()
  return {
    park: (work) => {
      all.set(textOf(work), work)
      return Promise.resolve()
    },
    unpark: (place) => {
      all.delete(textOf(place))
      return Promise.resolve()
    },
    discard: (work) => {
      all.delete(textOf(work))
      return Promise.resolve()
    },
    places: (context) =>
      Promise.resolve(
        [...all.values()].filter(({ policy }) => contextOf(policy) === context)
          .map(placeOf).toSorted(inOrder),
      ),
    read: (place) => Promise.resolve(all.get(textOf(place))),
    note: (policy, commandId, rejection) => {
      notes.set(`${policy} ${commandId}`, rejection)
      return Promise.resolve()
    },
    noted: (policy, commandId) => Promise.resolve(notes.get(`${policy} ${commandId}`)),
    forget: (policy, commandId) => {
      notes.delete(`${policy} ${commandId}`)
      return Promise.resolve()
    },
    forgetBefore: (policy, timeMs) => {
      for (const [key, { atMs }] of notes) {
        if (key.startsWith(`${policy} `) && atMs < timeMs) notes.delete(key)
      }
      return Promise.resolve()
    },
  }
}
