/** @throws Error for text with prohibited characters; its message quotes the text */
export declare function saslprep(text: string, options: { readonly allowUnassigned: boolean }): string;
