/** The part of Vega that draw.ts uses: its package is installed by the script that draws, and not for the type check. */
declare module 'vega' {
  export type Spec = Readonly<Record<string, unknown>>;
  export function parse(specification: Spec): unknown;
  export class View {
    constructor(runtime: unknown, options: { readonly renderer: 'none' });
    toSVG(): Promise<string>;
    finalize(): void;
  }
}
