/** What a ledger run comes to. */

export interface Balance {
  /** Recipients answered 250. */
  accepted: number;
  copies: number;
  /** Messages in the table of held mail, and those of them that were released. */
  held: number;
  released: number;
  /** Tries that a hop was not asked again, since the proxy remembered that it had taken the message. */
  spared: number;
  /** Copies beyond the first of recipients answered 250, by cause. */
  readonly duplicates: Map<string, number>;
  /** Copies for recipients whose client heard no 250, by cause. */
  readonly unanswered: Map<string, number>;
  readonly unexplained: string[];
}
