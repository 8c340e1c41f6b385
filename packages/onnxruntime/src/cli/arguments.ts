const camel = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/**
 * Arguments as cac understands them, and the text that flags were given. Left to itself cac takes the -100 in
 * `--ignore-index -100` for a flag, an empty text for 0, and a name such as 007 for a number.
 *
 * @param takesText Whether a flag is followed by something.
 */
export function argumentsOf(argv: readonly string[], takesText: (name: string) => boolean) {
  const args: string[] = [];
  const texts = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const [, flag, own] = /^(-o|--[a-z][a-z-]*)(?:=(.*))?$/s.exec(argv[i]) ?? [];
    const name = flag === '-o' ? 'output' : camel(flag?.slice(2) ?? '');
    const next = argv[i + 1];
    const follows = next !== undefined && !/^-(?![.\d])/.test(next);
    if (!takesText(name) || (own === undefined && !follows)) {
      args.push(argv[i]);
      continue;
    }
    const text = own ?? argv[++i];
    texts.set(name, text);
    args.push(...(text === '' ? [flag, ''] : [`${flag}=${text}`]));
  }
  return { args, texts };
}
