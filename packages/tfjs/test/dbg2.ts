import { openModule } from '@focal-loss/testing';
const p = await openModule(new URL('./dbg.ts', import.meta.url));
console.log(JSON.stringify(await p.call('go'))); await p.close();
