/** A memory that kernels work in, and where in it the lanes of this thread are. */
export interface Home {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  /** How many bytes behind the places of the layout the lanes are. */
  readonly base: number;
}
