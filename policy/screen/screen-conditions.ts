/** The conditions of a screening rule, read. */
import type { Glob } from './glob.ts';
import type { StructureFlag } from './message-facts.ts';

/** What a rule asks of a message, or what it excepts; absent: nothing. */
export interface ScreenConditions {
  readonly attachment?: readonly Glob[] | undefined;
  /** Kinds, and MIME types in lower case. */
  readonly attachmentType?: readonly string[] | undefined;
  readonly attachmentOctets?: number | undefined;
  readonly messageOctets?: number | undefined;
  /** Canonical patterns: `user@domain`, `*@domain`, `*`, and `<>` for bounces. */
  readonly sender?: readonly string[] | undefined;
  readonly recipient?: readonly string[] | undefined;
  /** One expression for all the words, over `comparable` text. */
  readonly words?: RegExp | undefined;
  readonly header?: readonly HeaderCondition[] | undefined;
  readonly structure?: readonly StructureFlag[] | undefined;
}

export interface HeaderCondition {
  /** In lower case. */
  readonly name: string;
  readonly value: Glob;
}
