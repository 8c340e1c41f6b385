import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Files } from './bundle.ts';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/** A server of static files on 127.0.0.1. */
export interface Server {
  /** With a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Where a server's files come from. */
export interface Site {
  /** Files in memory, or the folder they lie in. */
  readonly files: Files | string;
  /** A folder whose content is served under `/files/`. */
  readonly root?: string;
  /** Whether pages are cross-origin isolated, and so have SharedArrayBuffer. Default true. */
  readonly isolated?: boolean;
}

/** Serves a site on a free port of 127.0.0.1. */
export async function serve({ files, root, isolated = true }: Site): Promise<Server> {
  const isolation = {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const path =
      normalize(decodeURIComponent(pathname)).replace(/^\/+/, '').replace(/\/$/, '/index.html') || 'index.html';
    try {
      const body = await contentOf(path);
      if (body === undefined) throw new Error('no such file');
      const type = types[extname(path)] ?? 'application/octet-stream';
      response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store', ...(isolated ? isolation : {}) });
      response.end(body);
    } catch {
      response.writeHead(404).end(`no ${path}`);
    }
  });
  async function contentOf(path: string): Promise<string | Uint8Array | undefined> {
    if (root !== undefined && path.startsWith('files/')) return readFile(join(root, path.slice('files/'.length)));
    return typeof files === 'string' ? readFile(join(files, path)) : files.get(path);
  }
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
