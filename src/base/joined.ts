/**
 * The members of some objects in one, the later ones in place of the earlier.
 *
 * For what there is ten thousand of. In Node 20 a literal that begins with `...` and adds a member gives each object a shape of its own, and so does
 * one with an accessor. That takes ten times as long, all who read the object take longer, and it weighs 200 bytes more. A literal that begins
 * with a member does not.
 */
export function joined<A extends object, B extends object>(a: A, b: B): A & B {
  return Object.assign({}, a, b)
}
