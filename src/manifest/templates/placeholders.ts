/** `${name}` in the text of a value. `$${` stands for `${` itself. */

/** A piece of a text: as it stands, or the name of a parameter. */
export type Piece = string | { readonly name: string }

/** What may stand between the braces, and be called a parameter. */
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,62}$/

/** Escapes, placeholders, and beginnings of what was meant to be one. */
const MARK = /\$\$\{|\$\{([^}\n]*)\}|\$\{/g

/** @returns the pieces of a text, or what is written there in place of a placeholder */
export function piecesOf(text: string): readonly Piece[] | { readonly wrong: string } {
  if (!text.includes('${')) return [text]
  const pieces: Piece[] = []
  let end = 0
  for (const mark of text.matchAll(MARK)) {
    const [whole, name] = mark
    pieces.push(text.slice(end, mark.index))
    if (whole === '$${') pieces.push('${')
    else if (name !== undefined && isParameterName(name.trim())) pieces.push({ name: name.trim() })
    else return { wrong: whole }
    end = mark.index + whole.length
  }
  pieces.push(text.slice(end))
  return pieces.filter((piece) => piece !== '')
}

/** No name that every object has is one. */
export function isParameterName(name: string): boolean {
  return NAME.test(name)
}
