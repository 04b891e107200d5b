/** `.wfpctlignore`: what below its directory holds no manifests. Its lines are those of gitignore(5); the last one that fits decides. */

export const IGNORE_NAME = '.wfpctlignore'

interface Rule {
  readonly pattern: RegExp
  readonly ignores: boolean
  readonly directoriesOnly: boolean
}

interface IgnoreFile {
  readonly directory: string
  readonly rules: readonly Rule[]
}

/** The rules of a directory and of those above it. */
export class Ignored {
  static readonly nothing: Ignored = new Ignored([])
  readonly #files: readonly IgnoreFile[]

  private constructor(files: readonly IgnoreFile[]) {
    this.#files = files
  }

  /** @param directory of the file with this text, with forward slashes; '' where it is the root */
  with(directory: string, text: string): Ignored {
    return new Ignored([...this.#files, { directory, rules: rulesOf(text) }])
  }

  /** @param path below the directories of all the files */
  has(path: string, isDirectory: boolean): boolean {
    return this.#files.reduce((ignored, { directory, rules }) => {
      const below = directory === '' ? path : path.slice(directory.length + 1)
      const last = rules.findLast((rule) => (isDirectory || !rule.directoriesOnly) && rule.pattern.test(below))
      return last?.ignores ?? ignored
    }, false)
  }
}

function rulesOf(text: string): Rule[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, negation, body = '', slash] = /^(!?)(.*?)(\/?)[ \t]*$/.exec(line) ?? []
    if (body === '' || body.startsWith('#')) return []
    return [{ pattern: patternOf(body), ignores: negation === '', directoriesOnly: slash === '/' }]
  })
}

/** A pattern with a slash in it begins at the directory; any other one fits at every depth. */
function patternOf(body: string): RegExp {
  const isAnchored = body.includes('/')
  return new RegExp(`^${isAnchored ? '' : '(?:.*/)?'}${globText(body.replace(/^\//, ''))}$`, 'u')
}

const GLOB = /\*\*\/|\/\*\*$|\*+|\?|\[(!?)([^\]/]+)\]|\\(.)|[^*?[\\]+|./gsu
const WILDCARDS: { readonly [glob: string]: string } = { '**/': '(?:.*/)?', '/**': '/.*', '?': '[^/]' }

/** A glob as the text of a regular expression. */
export function globText(glob: string): string {
  return glob.replace(GLOB, (part: string, negation?: string, set?: string, escaped?: string) => {
    if (set !== undefined) return `[${negation === '!' ? '^/' : ''}${set.replace(/[\\^]/g, '\\$&')}]`
    if (/^\*+$/.test(part)) return '[^/]*'
    return WILDCARDS[part] ?? literal(escaped ?? part)
  })
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
