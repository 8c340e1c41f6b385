/** Where a clause is explained: its heading in the page of clauses that is published with this package. */
export const docsOf = (id: string): string => `CLAUSES.md#${anchorOf(id)}`;

/** What a heading that is nothing but an id is called in links: Markdown drops the dots. */
const anchorOf = (id: string) => id.replaceAll('.', '');
