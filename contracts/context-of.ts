/** The bounded context of a name such as `orders.order`. */

/** The first part of a name. The name must be a valid one. */
export const contextOf = (name: string): string => name.slice(0, name.indexOf("."))
