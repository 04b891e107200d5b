/** What a manifest may leave out. The schemas say the same; a test compares them. */

export const DEFAULTS = {
  virtualInterface: false,
  persistence: 'persistent',
  protect: 'none',
  secretEncoding: 'utf8',
  signature: 'rsa',
  impersonation: 'none',
  mainMode: {
    encryption: 'aes256',
    integrity: 'sha384',
    dh: 'dh20',
    // the documented default of Windows: 8 hours
    lifetime: '8h',
    quickModeLimit: 0,
    maxDynamicFilters: 0,
    // ikev2 alone: the shortest time that is documented, and what an engine that takes less would refuse
    retransmitFor: '2m',
  },
  quickMode: {
    pfs: 'none',
    // values of Microsoft's tunnel-mode sample; packets = 0 would switch replay checking off
    lifetime: { time: '1h', data: '100MB', packets: 2_147_483_647 },
    idleTimeout: { normal: '5m', failover: '1m' },
  },
  selector: { protocol: 0, port: '0-65535' },
} as const
