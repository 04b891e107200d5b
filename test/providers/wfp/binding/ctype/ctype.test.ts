import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registered } from '../../../../../src/providers/wfp/binding/call/callback.ts'
import {
  type CType,
  embedImage,
  image,
  list,
  pack,
  packImage,
  processMemory,
  ref,
  type StructType,
  securityDescriptor,
  struct,
  u8,
  u32,
  u64,
  unpack,
  wstr,
} from '../../../../../src/providers/wfp/binding/ctype/index.ts'
import { allocate, liveAllocations } from '../../../../../src/providers/wfp/binding/memory.ts'
import * as C from '../../../../../src/providers/wfp/binding/tables/constants/index.ts'
import * as S from '../../../../../src/providers/wfp/binding/tables/structs/index.ts'
import { draw, plain } from '../draw.ts'

type Values = Record<string, unknown>

const tables = (Object.values(S) as object[]).filter((value): value is StructType<unknown> => 'members' in value)
const notify = registered(S.IPSEC_KEY_MANAGER_NOTIFY_KEY0, () => ({}))
const callbacks = { IPSEC_KEY_MANAGER_NOTIFY_KEY0: notify }
afterAll(() => notify.release())

let before: number
beforeEach(() => {
  before = liveAllocations()
})
afterEach(() => {
  expect(liveAllocations()).toBe(before)
})

/** Lays a value out in memory of the process, and reads it from there. */
function throughProcess(type: CType<unknown>, value: unknown): unknown {
  const memory = allocate(pack(type, value).length)
  try {
    pack(type, value, memory.address).copy(memory.bytes)
    return unpack(type, processMemory, memory.address)
  } finally {
    memory.free()
  }
}

describe('random values', () => {
  it.each(tables.map((type) => [type.name, type] as const))(
    'of %s survive an image and the memory of the process',
    (_, type) => {
      fc.assert(
        fc.property(fc.gen(), (g) => {
          const value = draw(g, type, callbacks)

          expect(plain(unpack(type, image(pack(type, value)), 0))).toEqual(plain(value))
          expect(plain(throughProcess(type, value))).toEqual(plain(value))
        }),
        { numRuns: 12 },
      )
    },
  )

  it('packed at an address read back as an image that lies there', () => {
    const base = 0x7ff6_1234_5000
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const value = draw(g, S.FWPM_PROVIDER_CONTEXT2)
        const bytes = pack<unknown>(S.FWPM_PROVIDER_CONTEXT2, value, base)

        expect(unpack(S.FWPM_PROVIDER_CONTEXT2, image(bytes, base), base)).toEqual(value)
      }),
      { numRuns: 12 },
    )
  })
})

/** Fields that an embedded image can be given without becoming another: scalars that select no arm. */
function scalarFields({ fields }: StructType<unknown>): string[] {
  const used = Object.values(fields).flatMap((f) =>
    'arms' in f ? [f.tag] : 'bit' in f ? [f.flags] : 'list' in f ? [f.count] : [],
  )
  return Object.entries(fields).flatMap(([name, field]) =>
    'word' in field && /number|bigint/.test(field.word) && !used.includes(name) ? [name] : [],
  )
}

describe('an image', () => {
  const page = (type: StructType<unknown>) =>
    struct('PAGE', { count: u32, entries: list(ref(type), 'count') }) as unknown as StructType<{ entries: unknown[] }>

  it.each(tables.filter((type) => scalarFields(type).length > 0).map((type) => [type.name, type] as const))(
    'of %s, given out where a pointer to it is packed, is its value',
    (_, type) => {
      fc.assert(
        fc.property(fc.gen(), (g) => {
          const [first, second, third] = [draw(g, type, callbacks), draw(g, type), draw(g, type)] as [
            Values,
            Values,
            Values,
          ]
          const name = g(fc.constantFrom, ...scalarFields(type)) as never
          const embed = embedImage(type, name) as (image: Uint8Array, value: unknown) => unknown
          const entries = [
            embed(packImage(type, first), first[name]),
            second,
            embed(packImage(type, third), first[name]),
          ]

          const expected = plain({ entries: [first, second, { ...third, [name]: first[name] }] })
          expect(plain(unpack(page(type), image(pack(page(type), { entries })), 0))).toEqual(expected)
          expect(plain(throughProcess(page(type) as CType<unknown>, { entries }))).toEqual(expected)
        }),
        { numRuns: 6 },
      )
    },
  )

  it('can be given a scalar, never a pointer', () => {
    expect(() => embedImage(S.FWPM_FILTER0, 'filterId')).not.toThrow()
    expect(() => embedImage(S.FWPM_FILTER0, 'providerKey')).toThrow('FWPM_FILTER0.providerKey is not a scalar')
    expect(() => embedImage(S.FWPM_FILTER0, 'displayData')).toThrow('FWPM_FILTER0.displayData is not a scalar')
  })

  it('holds the bytes that packing at address 0 gives', () => {
    const value = { type: C.FWP_UINT64, uint64: 7n } as const
    const bytes = pack(S.FWP_VALUE0, value)

    expect(packImage(S.FWP_VALUE0, value).toString('hex')).toBe(`${bytes.toString('hex')}0800000001000000`)
  })

  it.each([
    ['nothing', '', /not an image/],
    ['a count beyond its bytes', 'ffffff00', /not an image/],
    ['a pointer cell outside', '0000000000000000 0100000001000000', /pointer outside/],
    ['a pointer that leads outside', '0900000000000000 0000000001000000', /leads outside/],
  ])('of %s is refused, and leaves nothing behind', (_, hex, message) => {
    const ITEM = struct('ITEM', { number: u64 })
    const HOLDER = struct('HOLDER', { item: ref(ITEM) })
    const embed = embedImage(ITEM, 'number')(Buffer.from(hex.replace(' ', ''), 'hex'), 0n)

    expect(() => pack(HOLDER, { item: embed })).toThrow(message)
    expect(pack(u64, 0n)).toEqual(Buffer.alloc(8))
  })
})

describe('packing', () => {
  const provider = {
    providerKey: C.GUID_NULL,
    displayData: { name: 'a', description: null },
    flags: 0,
    providerData: new Uint8Array(0),
    serviceName: null,
  }

  it('gives the bytes a C compiler would', () => {
    const bytes = pack(
      S.FWPM_PROVIDER0,
      { ...provider, providerKey: '03020100-0504-0706-0809-0a0b0c0d0e0f', flags: 1 },
      0x1000,
    )

    expect(bytes.toString('hex')).toBe(
      `${'000102030405060708090a0b0c0d0e0f'}4010000000000000${'0000000000000000'}01000000${'00000000'.repeat(1)}${'00'.repeat(24)}61000000`,
    )
  })

  it('refuses a value without its live arm', () => {
    const wrong = { type: C.FWP_UINT32, uint16: 1 } as unknown as { type: typeof C.FWP_UINT32; uint32: number }

    expect(() => pack(S.FWP_VALUE0, wrong)).toThrow('FWP_VALUE0.value.uint32 is missing')
  })

  it.each([
    ['a missing field', { ...provider, flags: undefined as unknown as number }, 'FWPM_PROVIDER0.flags is missing'],
    ['a number out of range', { ...provider, flags: -1 }, 'UINT32 cannot hold -1'],
    ['a GUID in another spelling', { ...provider, providerKey: `{${C.GUID_NULL}}` }, 'not a lower-case GUID'],
    ['a string with a zero', { ...provider, serviceName: 'a\0b' }, 'a C string cannot hold a zero character'],
  ])('refuses %s', (_, value, message) => {
    expect(() => pack(S.FWPM_PROVIDER0, value)).toThrow(message)
  })

  it('forgets a value that it refused', () => {
    expect(() => pack(S.FWPM_PROVIDER0, { ...provider, serviceName: 'a\0b' })).toThrow()

    expect(pack(u8, 0)).toEqual(Buffer.from([0]))
  })

  it('grows past any first guess', () => {
    const big = { ...provider, providerData: new Uint8Array(300_000).fill(7) }

    expect(unpack(S.FWPM_PROVIDER0, image(pack(S.FWPM_PROVIDER0, big)), 0)).toEqual(big)
    expect(throughProcess(S.FWPM_PROVIDER0 as CType<unknown>, big)).toEqual(big)
  })
})

describe('a broken image', () => {
  const item = struct('ITEM', { number: ref(u64) })
  const LIST = struct('LIST', { count: u32, items: list(item, 'count'), name: wstr })
  const good = pack(LIST, { items: [{ number: 1n }], name: 'ab' })

  const broken = (change: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.from(good)
    change(bytes)
    return bytes
  }

  it.each([
    ['a pointer behind its end', broken((b) => b.writeUInt32LE(good.length - 4, 8)), /outside the memory of an image/],
    ['a pointer beyond 2^53', broken((b) => b.writeUInt32LE(0xffff_ffff, 12)), /outside the memory of an image/],
    ['a count beyond its end', broken((b) => b.writeUInt32LE(0xffff_ffff, 0)), /outside the memory of an image/],
    ['a NULL list with a count', broken((b) => b.fill(0, 8, 16)), /1 items at NULL/],
    ['a NULL reference', broken((b) => b.fill(0, 24, 32)), /UINT64\* is NULL/],
    ['a string without an end', good.subarray(0, good.length - 2), /outside the memory of an image/],
    ['fewer bytes than its structure', good.subarray(0, 20), /outside the memory of an image/],
  ])('with %s is refused', (_, bytes, message) => {
    expect(() => unpack(LIST, image(bytes), 0)).toThrow(message)
  })

  it('of random bytes never reads outside', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 400 }), (bytes) => {
        try {
          unpack(S.FWPM_FILTER0, image(bytes), 0)
        } catch (error) {
          expect((error as Error).name).toBe('BadPointer')
        }
      }),
    )
  })

  it('with an absolute security descriptor is refused: its parts lie elsewhere', () => {
    const HOLDER = struct('HOLDER', { sd: securityDescriptor })
    const bytes = pack(HOLDER, { sd: new Uint8Array(20) })

    expect(() => unpack(HOLDER, image(bytes), 0)).toThrow('not self-relative')
  })
})

it('a NULL address in the process is refused, not read', () => {
  expect(() => unpack(S.FWPM_PROVIDER0, processMemory, 0)).toThrow(/outside the memory of this process/)
})
