/** `schema`: the JSON Schema of one kind, or the all-in-one that editors take. */

import { schemaText } from '../../manifest/schema/files.ts'
import { CommandFailure, EXIT, type ExitCode } from '../exit.ts'
import { schemaKinds } from '../schemas.ts'
import type { Invocation } from './command.ts'

export async function run({ args, terminal }: Invocation): Promise<ExitCode> {
  const asked = args[0]
  const kind = asked === undefined ? 'wfpctl' : schemaKinds().find((k) => k.toLowerCase() === asked.toLowerCase())
  if (!kind) throw new CommandFailure(EXIT.usage, `unknown kind ${asked}; there are ${schemaKinds().join(', ')}`)
  terminal.answer(schemaText(kind))
  return EXIT.done
}
