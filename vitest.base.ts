import { defineConfig } from 'vitest/config';

/** Tests run on the built packages of their siblings, and each in a process of its own. */
export default defineConfig({ test: { include: ['test/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000 } });
