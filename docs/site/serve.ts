/** Serves the built site on this machine: `npm run serve -w docs`. */
import { join } from 'node:path';
import { serve } from '@focal-loss/testing';
import { docs } from './packages.ts';

const { url } = await serve({ files: join(docs, 'dist') });
console.log(`${url}index.html`);
