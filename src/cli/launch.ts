#!/usr/bin/env node
/** What a shell starts: loads the program. */

import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CompiledFiles } from './compiled.ts'

new CompiledFiles(dirname(fileURLToPath(import.meta.url))).load('program.js')
