import { describeLibrary } from '../../../conformance/library.ts'
import { SANDBOXES } from './sandboxes.ts'

for (const [name, openLibrary] of SANDBOXES) describeLibrary(`the ${name} sandbox`, openLibrary)
