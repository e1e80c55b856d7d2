// Names a picture from the clipboard. Loaded once somebody pastes a file.

import { page, say } from './dom.js';

// A picture in the clipboard has a name that says nothing.
export function pictureOf(file) {
  if (file.name !== 'image.png') return file;
  const at = new Date().toLocaleString('sv', { timeZone: page().zone }).replace(/:/g, '.');
  return new File([file], `${say('pasted')} ${at}.png`, { type: file.type });
}
