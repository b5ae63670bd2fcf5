/** Letters to write instead of others, by script: what was said cannot be read, but looks and measures the same. */
const ALPHABETS: readonly (readonly [RegExp, string])[] = [
  [/\p{Script=Latin}/u, 'abcdefghijklmnopqrstuvwxyz'],
  [/\p{Script=Greek}/u, 'αβγδεζηθικλμνξοπρστυφχψω'],
  [/\p{Script=Cyrillic}/u, 'абвгдежзийклмнопрстуфхцчшщыэюя'],
  [/\p{Script=Arabic}/u, 'ابتثجحخدذرزسشصضطظعغفقكلمنهوي'],
  [/\p{Script=Hebrew}/u, 'אבגדהוזחטיכלמנסעפצקרשת'],
  [/\p{Script=Hiragana}/u, 'あいうえおかきくけこさしすせそたちつてとなにぬねの'],
  [/\p{Script=Katakana}/u, 'アイウエオカキクケコサシスセソタチツテトナニヌネノ'],
  [/\p{Script=Hangul}/u, '가나다라마바사아자차카타파하'],
  [/\p{Script=Han}/u, '天地人日月水火木金土山川田石花草'],
  [/\p{Script=Devanagari}/u, 'कखगघचछजझटठडढतथदधनपफबभमयरलवसह'],
  [/\p{Script=Thai}/u, 'กขคงจฉชซญดตถทธนบปผพมยรลวสหอ'],
  [/\p{Extended_Pictographic}/u, '🙂🙃😀😃😄😁'],
  [/\p{L}/u, 'xyz'],
];
const DIGITS = '0123456789';

/**
 * `text` with every letter replaced by one of its script and case, and every digit by a digit. White space and
 * punctuation stay: a trailing "..." means something.
 * @param random gives numbers in [0, 1), the same ones for the same text, so that equal texts stay equal.
 */
export function disguise(text: string, random: () => number): string {
  return [...text].map((character) => disguiseCharacter(character, random)).join('');
}

function disguiseCharacter(character: string, random: () => number): string {
  if (/\p{Nd}/u.test(character)) return pick(DIGITS, random);
  const alphabet = ALPHABETS.find(([script]) => script.test(character))?.[1];
  if (alphabet === undefined) return character;
  const letter = pick(alphabet, random);
  return character !== character.toLowerCase() ? letter.toUpperCase() : letter;
}

function pick(alphabet: string, random: () => number): string {
  const letters = [...alphabet];
  return letters[Math.floor(random() * letters.length)] ?? '';
}
