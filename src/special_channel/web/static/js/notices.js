// The button by which a reader lets this browser show notices. Loaded on its own page, with all of main.js.

import { $, onClick } from './dom.js';
import {} from './main.js';
import { mayTell } from './tell.js';

// The browser asks at a press of the button alone.
onClick('button[data-act="tell"]', async (button) => {
  if ('Notification' in window) await Notification.requestPermission();
  $('#tell-denied').hidden = mayTell();
  if (mayTell()) button.form.submit();
});
