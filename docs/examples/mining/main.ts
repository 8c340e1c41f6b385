/**
 * Opens the page in a browser of its own and prints what it shows.
 *
 *     npm run mining -w @focal-loss/docs
 */
import { noChromium, openModule } from '@focal-loss/testing';

const without = await noChromium();
if (without === undefined) {
  const { page, call, files, close } = await openModule(new URL('page.ts', import.meta.url));
  try {
    await call('show', 5000, 20, `${files}node_modules/onnxruntime-web/dist/`);
    for (const line of await page.locator('li').allTextContents()) console.log(line);
  } finally {
    await close();
  }
} else console.log(`not run: ${without}`);
