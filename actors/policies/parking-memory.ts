/** The memory twin of parking: it keeps work as long as the object lives. */
import { contextOf } from "../../contracts/internal.ts"
import { inOrder, type ParkedPlace, type ParkedWork, type Parking, placeOf } from "./parking.ts"

const textOf = ({ policy, kind, of, at }: ParkedPlace): string => `${policy} ${kind} ${of} ${at}`

/** Makes an empty parking place. */
export const memoryParking = (): Parking => {
  const all = new Map<string, ParkedWork>()
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
  }
}
