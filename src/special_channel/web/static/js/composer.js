// The form in which an official writes a note or a new thread. Loaded on the pages that have it, with all of main.js:
// first, since what is alike then stands closer together, and is compressed better.

import { page } from './dom.js';
import {} from './main.js';
import { startComposer } from './compose.js';

if (page().key) startComposer();
