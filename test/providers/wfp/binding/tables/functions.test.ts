import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Parameter, Parameters } from '../../../../../src/providers/wfp/binding/call/signature.ts'
import type { Field } from '../../../../../src/providers/wfp/binding/ctype/index.ts'
import {
  FWPM_FILTER_CHANGE_CALLBACK0,
  FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0,
  functions,
} from '../../../../../src/providers/wfp/binding/tables/functions.ts'
import * as S from '../../../../../src/providers/wfp/binding/tables/structs/index.ts'

interface Signature {
  readonly returns: string
  readonly parameters: readonly (readonly [name: string, type: string, direction: string])[]
}
const sdk = JSON.parse(readFileSync('test/fixtures/functions.json', 'utf8')) as Record<
  'functions' | 'callbacks',
  Record<string, Signature>
>

/** Names of one thing: the SDK's typedefs, and the type our table writes for them. */
const TYPEDEFS: Record<string, string> = {
  DWORD: 'UINT32',
  SECURITY_INFORMATION: 'UINT32',
  PSECURITY_DESCRIPTOR: 'SECURITY_DESCRIPTOR*',
  'PSECURITY_DESCRIPTOR*': 'SECURITY_DESCRIPTOR**',
}

function cType(field: Field): string {
  if ('list' in field) return `${field.list.name}*`
  return 'name' in field ? field.name : 'union'
}

/** `[name, C type, direction]` as our table has it; what we never give is NULL, whatever its type. */
function described([name, p]: readonly [string, Parameter]): readonly [string, string, string] {
  if ('omitted' in p) return [name, '(NULL)', '(NULL)']
  if ('out' in p) return [name, `${cType(p.out)}*`, 'out']
  return 'inout' in p ? [name, cType(p.inout), 'inout'] : [name, cType(p), 'in']
}

function expected(signature: Signature, parameters: Parameters): unknown {
  return signature.parameters.map(([name, type, direction]) => {
    const ours = Object.entries(parameters).find(([key]) => key.toLowerCase() === name.toLowerCase())
    if (ours && 'omitted' in ours[1]) return [ours[0], '(NULL)', '(NULL)']
    const plain = type.replace('const ', '')
    // the SDK spells this one SecurityDescriptor; the name of the same thing everywhere else is securityDescriptor
    const key = name === 'SecurityDescriptor' ? 'securityDescriptor' : name
    return [key, TYPEDEFS[plain] ?? plain, type === 'void*' ? 'in' : direction]
  })
}

describe('function table', () => {
  it.each(Object.entries(functions))('%s has the SDK prototype', (name, f) => {
    expect(Object.entries(f.parameters).map(described)).toEqual(expected(sdk.functions[name]!, f.parameters))
  })

  it('has no function without a prototype and misses none', () => {
    expect(Object.keys(functions).sort()).toEqual(Object.keys(sdk.functions).sort())
  })

  it.each([
    FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0,
    FWPM_FILTER_CHANGE_CALLBACK0,
    S.IPSEC_KEY_MANAGER_KEY_DICTATION_CHECK0,
    S.IPSEC_KEY_MANAGER_DICTATE_KEY0,
    S.IPSEC_KEY_MANAGER_NOTIFY_KEY0,
  ])('$name has the SDK prototype', ({ name, parameters, returns }) => {
    const signature = sdk.callbacks[name]!

    expect(Object.entries<Parameter>(parameters).map(described)).toEqual(expected(signature, parameters))
    expect(returns).toBe(signature.returns === 'void' ? 'void' : 'status')
  })

  it('keeps calls that wait or call back off the event loop', () => {
    const blocking = Object.entries(functions).filter(([, f]) => 'blocking' in f.options && f.options.blocking)
    const names = blocking.map(([name]) => name)

    expect(names).toEqual(
      Object.keys(functions).filter((name) =>
        /Engine|Transaction|Subscribe|Unsubscribe|SetSecurity|KeyManager/.test(name),
      ),
    )
  })
})
