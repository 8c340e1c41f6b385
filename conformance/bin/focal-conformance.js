#!/usr/bin/env node
// Here, and not in dist, so that npm links the command before anything is built.
import '../dist/cli.js';
