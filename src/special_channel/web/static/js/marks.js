// Classification marks in what is typed. The marks and the steps of folding are those of core/sense/marks.py: a test
// compares the patterns, and both find the same in the same texts. The words are written as folded.

const LEVELS = [['TRES SECRET UE', 'EU TOP SECRET'], ['SECRET UE', 'EU SECRET'],
  ['CONFIDENTIEL UE', 'EU CONFIDENTIAL'], ['RESTREINT UE', 'EU RESTRICTED']];
const PORTIONS = ['TS UE EU TS', 'S UE EU S', 'C UE EU C', 'R UE EU R'];
const OTHERS = 'COSMIC TOP SECRET|NATO SECRET|NATO CONFIDENTIAL|NATO RESTRICTED|STRENG GEHEIM|GEHEIM|VS VERTRAULICH|'
  + 'VS NUR FUR DEN DIENSTGEBRAUCH|VS NFD|TRES SECRET|SECRET DEFENSE|CONFIDENTIEL DEFENSE|'
  + 'DIFFUSION RESTREINTE|ZEER GEHEIM|STG. ZEER GEHEIM|STG. GEHEIM|STG. CONFIDENTIEEL|'
  + 'DEPARTEMENTAAL VERTROUWELIJK|BEPERKTE VERSPREIDING|SCISLE TAJNE|TAJNE|POUFNE|ZASTRZEZONE|SEGRETISSIMO|'
  + 'SEGRETO|RISERVATISSIMO|RISERVATO|DIFUSION LIMITADA|MUITO SECRETO|KVALIFICERAT HEMLIG|BEGRANSAT HEMLIG|'
  + 'HEMLIG|TIL TJENESTEBRUG|YDERST HEMMELIGT|PRISNE TAJNE|VYHRAZENE|VYHRADENE|STROGO TAJNO|STRICT SECRET|'
  + 'SECRET DE SERVICIU|SZIGORUAN TITKOS|TITKOS|ERITTAIN SALAINEN|SALAINEN|TAIESTI SALAJANE|SALAJANE|'
  + 'SEVISKI SLEPENI|VISISKAI SLAPTAI|СТРОГО СЕКРЕТНО|СЕКРЕТНО|ΑΚΡΩΣ ΑΠΟΡΡΗΤΟ|ΑΠΟΡΡΗΤΟ|TLP:RED';
const STATE = '((?:[绝絕] ?密|[机機] ?密|[秘祕] ?密) ?★|★ ?(?:[长長] ?期|[0-9]{1,3} ?(?:年|月))'
  + '|(?:[绝絕]|[机機]|[秘祕]) ?密 ?[级級](?![别別]))';
const STATE_ALONE = '[绝絕] ?密|[机機] ?密|[秘祕] ?密';
const AROUND = '[ ()\\[\\]{}*#:.,;!<>|"\'«»“”【】《》]*';
const HEAD_LINES = 5;

export const foldMarks = (text) => text.normalize('NFKC').normalize('NFD').replace(/[\p{Mn}\p{Cf}]/gu, '')
  .replace(/[\u0085\u2028\u2029]/g, '\n').replace(/[ \t\r\f\v/_\u2010-\u2015\u2212-]+/g, ' ');

const wholeWords = (list) => `(?:^|[^A-Za-z0-9])(${list.join('|')})(?![A-Za-z0-9])`;
const onLine = (source) => `^${AROUND}(${source})${AROUND}$`;
const others = OTHERS.replace(/\./g, '\\.');

// Flags, source, and whether only the first lines count.
export const MARKS = [
  ['im', wholeWords(LEVELS.map((pair) => pair.join(' ')))],
  ['m', wholeWords([...LEVELS.flat(), ...PORTIONS])],
  ['im', onLine(LEVELS.flat().join('|'))],
  ['m', STATE],
  ['m', onLine(STATE_ALONE), true],
  ['im', onLine(others)],
  ['m', `[(\\[] ?(${others}) ?[)\\]]`],
].map(([flags, source, head]) => ({ regex: new RegExp(source, flags), head }));

const headOf = (text) => text.split('\n').filter((line) => line.trim()).slice(0, HEAD_LINES).join('\n');

// The words of the first mark; empty without one.
export function markIn(texts) {
  const every = texts.map(foldMarks);
  for (const { regex, head } of MARKS) {
    const found = head ? every.map((text) => regex.exec(headOf(text))).find(Boolean) : regex.exec(every.join('\n'));
    if (found) return found[1];
  }
  return '';
}
