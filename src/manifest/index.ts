/** Files → manifests with places: YAML, schemas, sets, secrets as they are referred to. */
export type { Manifest } from './document.ts'
export { DEFAULT_SET, isName } from './envelope.ts'
export { fileFinding, IS_CSV, MAX_FILE_BYTES, manifestFileOf, shownPath, tooLarge } from './file-reader.ts'
export {
  HIDDEN,
  MANIFEST_NAME,
  MAX_IGNORE_BYTES,
  type ManifestFiles,
  OUTSIDE,
  readManifestFiles,
  readValuesFile,
  STDIN,
  STDIN_NAME,
  type Surroundings,
  tableFrom,
  withTables,
} from './files.ts'
export { formOf } from './form.ts'
export { expandWildcards, IGNORE_NAME, Ignored, namePattern } from './ignore.ts'
export {
  addressIn,
  declaredAt,
  EntriesByText,
  type Entry,
  type Inventory,
  placesOf,
  resourcesIn,
  setsIn,
} from './inventory.ts'
export { KnownFiles } from './known-files.ts'
export { loadDesired } from './load.ts'
export { isOpen, nextOpening } from './maintenance.ts'
export { Memory } from './memory.ts'
export {
  type Address,
  type Advice,
  type Advise,
  addressOf,
  type Desired,
  type Impact,
  isEnabled,
  type Kind,
  type Kinds,
  manifestsOf,
  type Outline,
  type Reach,
  type Resource,
  type TunnelSet,
} from './model.ts'
export { presentable } from './presentable.ts'
export { readRegularFile, requireRegular, UnusableFile, withRegularFile } from './regular-file.ts'
export { API_VERSION } from './schema/envelope.ts'
export { inSchemaOrder, readSchema, schemaText } from './schema/files.ts'
export {
  folderOf,
  isReference,
  type ReferenceForm,
  referenceFields,
  SECRET_SOURCES,
  type SecretSource,
  sourceOf,
  useWindowsSecrets,
  type WindowsSecrets,
} from './secret-sources.ts'
export { CORE_KINDS, knowTemplates, type NamedTable } from './templated.ts'
export { type FileAccess, keepFromOthers, type Role, Trust, useFileAccess } from './trust.ts'
export { implicitSet, isSameHost, TUNNEL_SET } from './tunnel-set.ts'
export { firstExpiry, unwaived } from './waivers.ts'
export type { Places } from './yaml/split.ts'
export { writeYaml } from './yaml/write.ts'
