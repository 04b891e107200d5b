import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as constants from '../../../../../src/providers/wfp/binding/tables/constants/index.ts'

it('every constant has the value of the SDK headers', () => {
  const fixture = JSON.parse(readFileSync('test/fixtures/constants.json', 'utf8')) as {
    constants: Record<string, number | string>
  }
  const { GUID_NULL, ...ours } = constants

  expect(ours).toEqual(fixture.constants)
  expect(GUID_NULL).toBe('00000000-0000-0000-0000-000000000000')
})
