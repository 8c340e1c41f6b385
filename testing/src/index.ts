/**
 * A real browser and a software GPU, both from npm, for the tests and benchmarks of every package.
 *
 * @module
 */
export { launchChromium, noChromium } from './chromium.ts';
export { inChromium, inNode } from './elsewhere.ts';
export { type ModulePage, openModule, openModules, type PageOptions } from './page.ts';
export { type Server, type Site, serve } from './serve.ts';
export { vulkanEnvironment } from './vulkan.ts';
