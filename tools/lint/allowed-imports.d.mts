export declare const allowedImports: Readonly<Record<string, readonly string[]>>;
