/** Where the server's certificate lies. A source fetches text; what the text is worth is for `certificate.ts` to judge. */

export interface CertificateText {
  /** Changes whenever the text does. */
  readonly version: string;
  /** PEM blocks of private key and chain, in any order. Never in a log line, never in an error. */
  readonly pem: string;
}

export interface CertificateSource {
  /** As `POSTERN_CERTIFICATE` names it, for log lines and errors. */
  readonly name: string;
  /** Milliseconds between two looks. */
  readonly pollMs: number;
  /**
   * What is there now; nothing when it is still the version that the caller knows.
   *
   * Throws when it cannot be had; the error quotes nothing of the text.
   */
  read(knownVersion?: string): Promise<CertificateText | undefined>;
}
