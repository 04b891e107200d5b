/** Elements of HTML and SVG, made so that no text can become one. */

import { printable } from '../../base/index.ts'

/** Text that is markup already: made by `element` and `text`, or written here by hand. */
export type Markup = string & { readonly isMarkup: unique symbol }

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** What comes from elsewhere, also without characters that turn the direction of what stands around them. */
export function text(value: string): Markup {
  return printable(value).replace(/[&<>"']/g, (mark) => ENTITIES[mark] as string) as Markup
}

export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...content: readonly Markup[]
): Markup {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${text(String(value))}"`)
  return `<${name}${written.join('')}>${content.join('')}</${name}>` as Markup
}
