/** The fleet's four buckets: made where they are missing, and mended where one was made otherwise. */

import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamUpdateConfig,
} from '@nats-io/jetstream'
import { BEAT_SECONDS } from '../model.ts'
import { BUCKETS, type Bucket, hintSubject, streamOf } from './names.ts'

const NANOSECONDS = 1_000_000_000
/** JSStreamNameExistErr of nats-server: a stream of this name has another configuration. */
const NAME_IN_USE = 10058

type Shape = Pick<StreamConfig, 'storage' | 'max_msgs_per_subject' | 'max_msg_size'> & Partial<StreamConfig>

/**
 * Hosts write into `status` and `beat`: there nobody may roll up, for a header would let one host clear what all the others said.
 * `rollout` is read from its leader alone: who decides by it must not see an older one.
 */
const SHAPES: { readonly [bucket in Bucket]: Shape } = {
  desired: {
    storage: StorageType.File,
    max_msgs_per_subject: 8,
    max_msg_size: 1024,
    allow_rollup_hdrs: true,
    allow_direct: true,
    republish: { src: `$KV.${BUCKETS.desired}.>`, dest: hintSubject('>') },
  },
  status: { storage: StorageType.File, max_msgs_per_subject: 3, max_msg_size: 16_384, allow_direct: true },
  beat: {
    storage: StorageType.Memory,
    max_msgs_per_subject: 1,
    max_msg_size: 256,
    max_age: BEAT_SECONDS * NANOSECONDS,
  },
  rollout: { storage: StorageType.File, max_msgs_per_subject: 64, max_msg_size: 65_536 },
}

/** @param replicas 1 for one server, 3 for three: so many keep what is acknowledged */
export async function makeBuckets(manager: JetStreamManager, replicas: 1 | 3): Promise<void> {
  for (const bucket of Object.keys(SHAPES) as Bucket[]) await makeBucket(manager, configOf(bucket, replicas))
}

function configOf(bucket: Bucket, replicas: number): StreamConfig {
  const shape = SHAPES[bucket]
  return {
    name: streamOf(bucket),
    subjects: [`$KV.${BUCKETS[bucket]}.>`],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    max_msgs: -1,
    max_bytes: -1,
    max_age: 0,
    max_consumers: -1,
    // what was told a moment ago is told again without being taken for a repetition
    duplicate_window: Math.min(120 * NANOSECONDS, shape.max_age ?? Number.POSITIVE_INFINITY),
    deny_delete: true,
    allow_rollup_hdrs: false,
    ...shape,
  } as StreamConfig
}

async function makeBucket(manager: JetStreamManager, config: StreamConfig): Promise<void> {
  try {
    await manager.streams.add(config)
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== NAME_IN_USE) throw error
    // how many servers keep it is left as it is: from here it cannot be told how many there are
    const { config: found } = await manager.streams.info(config.name)
    await manager.streams.update(config.name, { ...config, num_replicas: found.num_replicas } as StreamUpdateConfig)
  }
}
