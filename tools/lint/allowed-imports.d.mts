export declare const folders: Readonly<
  Record<string, { readonly purpose: string; readonly mayImport: readonly string[] }>
>;
export declare const allowedImports: Readonly<Record<string, readonly string[]>>;
export declare const entryFiles: Readonly<Record<string, readonly string[]>>;
