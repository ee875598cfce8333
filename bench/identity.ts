/** Names that the benchmark's clients use and its subjects know. Without imports: peers are bundled with it. */
export const SERVER = 'bench';
/** The one domain of most workloads. */
export const DOMAIN = 'bench.example';
export const LOGIN = { username: 'alice@bench.example', password: 'correct horse battery staple' } as const;
/** Octets; the most that any subject takes. */
export const MAX_MESSAGE_OCTETS = 73_400_320;
