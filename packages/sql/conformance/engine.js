// An engine that answers one query after the other, over a table that is made when its numbers change.

/**
 * @param open () → the database, or a promise of it; at the first query.
 * @param fill (database, columns): makes the table `t` of lists of numbers by name.
 * @param ask (database, sql) → rows, each a list of columns.
 * @returns run(columns, sql) → a promise of rows; and what closes the database, if it was opened.
 */
export function engine(open, fill, ask) {
  let opened;
  let turn = Promise.resolve();
  /** What the table is made of. */
  let there;
  async function answer(columns, sql) {
    const database = await opened;
    if (columns !== there) {
      there = undefined;
      await fill(database, columns);
      there = columns;
    }
    return ask(database, sql);
  }
  return {
    run(columns, sql) {
      opened ??= open();
      const answered = turn.then(() => answer(columns, sql));
      turn = answered.catch(() => {});
      return answered;
    },
    close: async () => (await opened)?.close?.(),
  };
}

/** Numbers as the text of a list; −0 by the name that an engine has for it. */
export const list = (numbers, negativeZero) =>
  Array.from(numbers, (value) => (Object.is(value, -0) ? negativeZero : value)).join(',');
