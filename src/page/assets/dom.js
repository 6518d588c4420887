// The page's scripts are joined into one, in the order that page.ts gives, and share one scope.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes and children. Strings become text: nothing that the ledger says is ever read as markup.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | ((event: any) => void)>} [attributes] null and false leave one out; functions listen.
 * @param {...(Node | string | null)} children
 */
function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/**
 * The same for SVG.
 * @type {(tag: string, attributes?: Parameters<typeof h>[1], ...children: (Node | string | null)[]) => SVGElement}
 */
function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {NonNullable<Parameters<typeof h>[1]>} attributes
 * @param {(Node | string | null)[]} children
 * @returns {E}
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * @param {string} title
 * @param {string} name
 * @param {...(Node | null)} children
 */
function card(title, name, ...children) {
  return h(
    "section",
    { class: `card ${name}`, "aria-labelledby": `${name}-title` },
    h("h2", { id: `${name}-title` }, title),
    ...children,
  );
}

/** @param {string} name A colour class of map.css. */
function swatch(name) {
  return svg(
    "svg",
    { class: "swatch", viewBox: "0 0 14 14", "aria-hidden": "true" },
    svg("rect", { class: name, width: 14, height: 14, rx: 3 }),
  );
}
