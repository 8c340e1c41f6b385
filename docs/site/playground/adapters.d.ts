/** Written by the build: the adapters that were found, each behind a function that fetches it. */
declare module 'virtual:adapters' {
  const adapters: Readonly<Record<string, () => Promise<{ default: import('./plug.ts').Plug }>>>;
  export default adapters;
}
declare module '*?url' {
  const url: string;
  export default url;
}
