import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  blob,
  bytes,
  guid,
  offsetsOf,
  type StructType,
  struct,
  u8,
  u32,
} from '../../../../../src/providers/wfp/binding/ctype/index.ts'
import * as structs from '../../../../../src/providers/wfp/binding/tables/structs/index.ts'

interface Layout {
  readonly size: number
  readonly align: number
  readonly fields: readonly (readonly [name: string, offset: number, size: number])[]
}
const { _about, ...layouts } = JSON.parse(readFileSync('test/fixtures/layouts.json', 'utf8')) as Record<string, Layout>
const tables = (Object.values(structs) as object[]).filter((value): value is StructType<unknown> => 'members' in value)

/** Arms of the provider context that this binding leaves out: their tag stands alone. */
const LEFT_OUT = ['classifyOptions', 'idpOptions', 'networkConnectionPolicy']

/** What differs between our table and the compiler's, as lines. */
function differences(type: StructType<unknown>, layout: Layout): string[] {
  const ours = offsetsOf(type)
  const known = new Map(ours.members.map((member) => [member.name, member]))
  const expected = new Set(layout.fields.map(([name]) => name))
  return [
    ...(ours.size === layout.size ? [] : [`size ${ours.size}, not ${layout.size}`]),
    ...(ours.align === layout.align ? [] : [`alignment ${ours.align}, not ${layout.align}`]),
    ...layout.fields
      .filter(([name]) => !LEFT_OUT.includes(name))
      .flatMap(([name, offset, size]) => {
        const member = known.get(name)
        if (!member) return [`${name} is missing`]
        return member.offset === offset && member.size === size
          ? []
          : [`${name} at ${member.offset} size ${member.size}, not at ${offset} size ${size}`]
      }),
    ...ours.members.filter((member) => !expected.has(member.name)).map((member) => `${member.name} does not exist`),
  ]
}

describe('structure tables', () => {
  it.each(tables.map((type) => [type.name, type] as const))('%s lies as the SDK compiler lays it out', (name, type) => {
    expect(differences(type, layouts[name]!)).toEqual([])
  })

  it('have a fixture for each table and a table for each fixture', () => {
    const scalars = ['GUID', 'FWP_BYTE_BLOB', 'FWP_BYTE_ARRAY16', 'FWP_BYTE_ARRAY6']
    expect(tables.map((type) => type.name).sort()).toEqual(
      Object.keys(layouts)
        .filter((name) => !scalars.includes(name))
        .sort(),
    )
  })

  it.each([
    ['GUID', guid],
    ['FWP_BYTE_BLOB', blob],
    ['FWP_BYTE_ARRAY16', bytes(16)],
    ['FWP_BYTE_ARRAY6', bytes(6)],
  ])('%s has the SDK size and alignment', (name, type) => {
    expect([type.size, type.align]).toEqual([layouts[name]!.size, layouts[name]!.align])
  })

  it('would be found out if one field were shifted', () => {
    const shifted = struct('IPSEC_SA_LIFETIME0', {
      lifetimeSeconds: u32,
      gap: u8,
      lifetimeKilobytes: u32,
      lifetimePackets: u32,
    })

    expect(differences(shifted, layouts.IPSEC_SA_LIFETIME0!)).toEqual([
      'size 16, not 12',
      'lifetimeKilobytes at 8 size 4, not at 4 size 4',
      'lifetimePackets at 12 size 4, not at 8 size 4',
      'gap does not exist',
    ])
  })
})
