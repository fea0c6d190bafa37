/** Makes elements. Texts become text nodes, so nothing from an actor or event is ever HTML. */

const SVG = "http://www.w3.org/2000/svg"

const fill = (element, properties, children) => {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === false) continue
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value)
    else if (name === "value" || name === "checked") element[name] = value
    else element.setAttribute(name, value === true ? "" : String(value))
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue
    element.append(child instanceof Node ? child : document.createTextNode(String(child)))
  }
  return element
}

/** An element with attributes, listeners (`onclick`) and children. */
export const h = (tag, properties, ...children) =>
  fill(document.createElement(tag), properties, children)

/** The same for a part of a drawing. */
export const s = (tag, properties, ...children) =>
  fill(document.createElementNS(SVG, tag), properties, children)

/** Puts these children in place of those that an element has. */
export const put = (element, ...children) => {
  element.replaceChildren()
  return fill(element, {}, children)
}
