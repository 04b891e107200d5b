/** Who may import whom (ARCHITECTURE.md): arrows between rooms, doors of rooms and packages, no circles. Run by `npm run check`. */

/** From each room, the rooms it may look into besides itself. */
const ARROWS = {
  'src/base': [],
  'src/manifest': ['src/base'],
  'src/kinds': ['src/base', 'src/manifest'],
  'src/reconcile/notes': ['src/base', 'src/manifest'],
  'src/reconcile/plan': ['src/base', 'src/manifest', 'src/reconcile/notes'],
  'src/reconcile': ['src/base', 'src/manifest'],
  'src/fleet': ['src/base', 'src/reconcile/watch/(events|clock).ts'],
  'src/providers/wfp/binding': [],
  'src/providers/wfp/sandbox': ['src/base/sddl', 'src/providers/wfp/binding'],
  'src/providers/wfp/engine': [
    'src/base',
    'src/manifest',
    'src/kinds/keys.ts',
    'src/reconcile',
    'src/providers/wfp/binding',
  ],
  'src/providers/wfp/resources': ['src/base', 'src/manifest', 'src/reconcile', 'src/providers/wfp/(binding|engine)'],
  'src/providers/wfp/tunnels': [
    'src/base',
    'src/manifest',
    'src/kinds',
    'src/providers/wfp/(binding|engine)',
    'src/providers/wfp/resources/kind.ts',
  ],
  'src/providers/wfp/key-managers': [
    'src/base',
    'src/manifest',
    'src/kinds',
    'src/reconcile',
    'src/providers/wfp/(binding|engine)',
    'src/providers/wfp/resources/kind.ts',
  ],
  'src/providers/wfp/doctor': [
    'src/base',
    'src/kinds',
    'src/reconcile',
    'src/providers/wfp/(binding|engine|resources|tunnels)',
  ],
  'src/providers': ['src/base', 'src/manifest', 'src/reconcile'],
  'src/importers': ['src/base', 'src/manifest', 'src/kinds'],
  'src/page': [], // runs in a browser
  'src/cli': [
    'src/base',
    'src/manifest',
    'src/kinds',
    'src/importers',
    'src/fleet',
    'src/reconcile',
    'src/page/state.ts',
    'src/providers/[^/]+.ts',
  ],
}

/** Each package has one door: the file (or folder) that alone imports it. */
const DOORS = {
  ajv: 'src/manifest/schema/compile.ts',
  'fast-deep-equal': 'src/base/equal.ts',
  chokidar: 'src/reconcile/watch/file-trigger.ts',
  yaml: 'src/manifest/(yaml|sops)',
  'csv-parse': 'src/manifest/templates/csv.ts',
  '@bufbuild/cel': 'src/manifest/policies.ts',
  'age-encryption': 'src/manifest/sops',
  koffi: 'src/providers/wfp/binding',
  libsql: 'src/providers/wfp/sandbox',
  commander: 'src/cli/main.ts',
  picocolors: 'src/cli/render',
  'prom-client': 'src/cli/http',
  '@nats-io/.*': 'src/fleet/nats',
  preact: 'src/page',
  uplot: 'src/page/charts.tsx',
}

const rooms = Object.keys(ARROWS)
const inside = (path) => `^${path}${/\.tsx?$/.test(path) ? '$' : '(/|$|\\.ts$)'}`

const arrows = rooms.map((room) => ({
  name: `arrows-of-${room.replaceAll('/', '-')}`,
  comment: `${room} may look into ${ARROWS[room].join(', ') || 'nothing else'}`,
  severity: 'error',
  from: { path: inside(room), pathNot: rooms.filter((other) => other.startsWith(`${room}/`)).map(inside) },
  to: { path: '^src/', pathNot: [inside(room), ...ARROWS[room].map(inside)] },
}))

const doors = Object.entries(DOORS).map(([name, door]) => ({
  name: `door-to-${name}`,
  comment: `${name} is imported by ${door} alone`,
  severity: 'error',
  from: { path: '^src/', pathNot: inside(door) },
  to: { path: `node_modules/${name}/` },
}))

/** Folders that are entered through their index.ts alone. */
const ENTERED = [
  'src/cli/render',
  'src/providers/wfp/engine',
  'src/reconcile/notes',
  'src/reconcile/plan',
  'src/providers/wfp/binding/ctype',
  'src/providers/wfp/binding/tables/constants',
  'src/providers/wfp/binding/tables/structs',
  'src/providers/wfp/binding/tables/status',
  'src/providers/wfp/doctor',
  'src/providers/wfp/tunnels/codec',
]

const frontDoors = ENTERED.map((folder) => ({
  name: `front-door-of-${folder.replaceAll('/', '-')}`,
  comment: `${folder} is entered through its index.ts`,
  severity: 'error',
  from: { path: '^src/', pathNot: inside(folder) },
  to: { path: `^${folder}/`, pathNot: `^${folder}/(index|finding)[.]ts$` },
}))

module.exports = {
  forbidden: [
    ...arrows,
    ...doors,
    ...frontDoors,
    {
      name: 'no-kind-knows-another',
      comment: 'what kinds share stands in kinds/values or beside their folders',
      severity: 'error',
      from: { path: '^src/kinds/([^/]+)/' },
      to: { path: '^src/kinds/[^/]+/', pathNot: '^src/kinds/($1|values)/' },
    },
    {
      name: 'no-circles',
      comment: 'files that need each other are one file, or lack a third one; types count',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-unlisted-package',
      comment: 'a package that is imported stands in package.json',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
    },
  },
}
