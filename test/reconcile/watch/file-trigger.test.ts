import { describeFileTrigger } from '../../conformance/file-trigger.ts'

describeFileTrigger('FileTrigger', {
  'dots and a slash at the end': (path) => `${path.replaceAll('/', '/./x/../')}/`.replace(/\.yaml\/$/, '.yaml'),
})
