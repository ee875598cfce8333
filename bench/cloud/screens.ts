/** Screening rules of the benchmark's server. */
export type ScreenAttributes = Readonly<Record<string, string | number | ReadonlySet<string>>> & {
  readonly item: string;
};

/** As sites have them, of each condition one; none is about the benchmark's messages. */
const TEN: readonly ScreenAttributes[] = [
  {
    item: 'screen#100-executables',
    attachmentType: new Set(['executable', 'script', 'macro-document']),
    action: 'refuse',
  },
  { item: 'screen#110-names', attachment: new Set(['*.exe', '*.scr', 'invoice*.doc?', '*.pdf.*']), action: 'refuse' },
  { item: 'screen#120-passwords', attachmentType: new Set(['encrypted-archive', 'disk-image']), action: 'hold' },
  { item: 'screen#130-large', attachmentOctets: 20_000_000, action: 'refuse' },
  {
    item: 'screen#140-senders',
    sender: new Set(['spam.example', '*@junk.example', 'eve@example.org']),
    action: 'refuse',
  },
  {
    item: 'screen#150-words',
    words: new Set(['lottery', 'wire transfer', 'gift card', 'bitcoin wallet', 'click below to unsubscribe']),
    action: 'tag',
    tag: 'X-Words: yes',
  },
  {
    item: 'screen#160-bulk',
    header: new Set(['X-Mailer: *bulk*', 'Precedence: bulk']),
    action: 'tag',
    tag: 'X-Bulk: yes',
  },
  {
    item: 'screen#170-pages',
    attachmentType: new Set(['html']),
    exceptSender: new Set(['*@partner.example']),
    action: 'hold',
  },
  {
    item: 'screen#180-boss',
    recipient: new Set(['boss@bench.example']),
    attachmentType: new Set(['archive']),
    action: 'hold',
  },
  { item: 'screen#200-unreadable', structure: new Set(['ambiguous', 'partial', 'unreadable']), action: 'hold' },
];

const HOLD: ScreenAttributes = { item: 'screen#100-all', messageOctets: 0, action: 'hold' };

export function screensOf({
  nextHop,
  screeningRules,
}: {
  readonly nextHop: string;
  readonly screeningRules: number;
}): readonly ScreenAttributes[] {
  if (nextHop === 'held') return [HOLD];
  return screeningRules === 0 ? [] : TEN;
}
